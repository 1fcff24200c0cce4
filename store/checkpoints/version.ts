/**
 * The version of a channel after `current`. Whole numbers would repeat in every branch of a thread, and a branch would read the values of
 * another. The random fraction makes a version belong to one branch; it is short because every checkpoint repeats all versions.
 */
export function nextVersion(current: number | undefined): number {
  const fraction = (1 + Math.floor(Math.random() * 999_999)) / 1_000_000;
  return Number((Math.floor(current ?? 0) + 1 + fraction).toFixed(6));
}
