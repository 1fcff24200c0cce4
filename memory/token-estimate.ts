/** About how many tokens a model counts for the text: a token is four bytes of UTF-8. */
export function estimateTokens(text: string): number {
  return Buffer.byteLength(text) / 4;
}
