/** Names that an encoder or a wildcard could take for one another. */
export const HOSTILE_NAMES: readonly string[] = [
  "1",
  "10",
  "1:",
  "1:1",
  ":1",
  "a",
  "A",
  "%",
  "_",
  "a%",
  "a_",
  "*",
  "?",
  "[a]",
  "{a}",
  "\\",
  "a\u0000",
  "a\u0000b",
  "~",
  "~003a",
  "..",
  "а",
  "é",
  "e\u0301",
  " ",
  "\ud800",
  "'",
];

/** Picks at random, but the same in every run. */
export function picker(seed: number): <T>(choices: readonly T[]) => T {
  let state = seed;
  return <T>(choices: readonly T[]): T => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const choice = choices[Math.floor((state / 2_147_483_648) * choices.length)];
    if (choice === undefined) throw new Error("Nothing to pick from.");
    return choice;
  };
}
