/** A stream of random numbers that its seed decides, so that a report can be made again. */
export interface Random {
  /** A whole number from 0 to below `limit`; `limit` is at most 2³². */
  below(limit: number): number;
  /** From 0 to below 1. */
  fraction(): number;
}

const TWO_TO_32 = 4_294_967_296;

/** sfc32 by Chris Doty-Humphrey (PractRand): small, fast, and passes that suite. */
export function createRandom(seed: number): Random {
  let a = 0x9e37_79b9;
  let b = 0x243f_6a88;
  let c = seed >>> 0;
  let counter = 1;

  function next(): number {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  // The first numbers still show the seed.
  for (let round = 0; round < 12; round++) next();
  return {
    below: (limit) => Math.floor((next() / TWO_TO_32) * limit),
    fraction: () => next() / TWO_TO_32,
  };
}

/** The items in an order that only the seed decides. */
export function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const random = createRandom(seed);
  const keyed = items.map((item) => ({ item, key: random.fraction() }));
  return keyed.toSorted((left, right) => left.key - right.key).map(({ item }) => item);
}
