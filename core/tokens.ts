/** Counts tokens as the newer OpenAI models do; other models differ by some per cent. The tokenizer's tables load at the first call. */
export async function countTokens(texts: readonly string[]): Promise<number> {
  const tokenizer = await import("gpt-tokenizer/encoding/o200k_base");
  // A prompt may speak about `<|endoftext|>`: that is text, not an order to the tokenizer.
  const options = { disallowedSpecial: new Set<string>() };
  return texts.flatMap(inParts).reduce((sum, text) => sum + tokenizer.countTokens(text, options), 0);
}

const LONGEST_RUN = 200;
const LONG_RUN = new RegExp(`\\s{${LONGEST_RUN}}|[^\\s]{${LONGEST_RUN}}`, "gu");

/**
 * Cuts runs without a blank, and runs of nothing but blanks, that are longer than any word: the tokenizer needs time that grows with their square,
 * minutes for an encoded image. Each cut adds at most a token or two.
 */
function inParts(text: string): readonly string[] {
  const cuts = [...text.matchAll(LONG_RUN)].map(({ 0: run, index }) => index + run.length);
  return [0, ...cuts].map((start, at) => text.slice(start, cuts[at]));
}
