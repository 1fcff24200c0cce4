/** What is waited for, and how long. */
export interface Deadline {
  readonly ms: number;
  readonly what: string;
}

/** The answer, or an error when it takes longer; what is late may still happen, and nobody hears of it. */
export async function inTime<T>(answer: Promise<T>, { ms, what }: Deadline): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer from ${what} within ${ms} ms`)), ms);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    // Whoever asked has its answer, or the error above instead of this one.
    answer.catch(() => undefined);
  }
}
