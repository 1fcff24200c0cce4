/** Closes one thing after the other; one that throws keeps no other open. Throws what was thrown, together when it was more than once. */
export async function closeAll(...closings: readonly (() => unknown)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const close of closings) {
    try {
      await close();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, "Several things could not be closed.");
}
