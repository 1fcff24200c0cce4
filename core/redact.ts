const SHORTEST_SECRET = 8;

/** The text without the given secrets and without what looks like one: providers echo keys, partly masked; gateways echo whole headers. */
export function withoutSecrets(text: string, secrets: readonly string[] = []): string {
  const known = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .reduce((rest, secret) => rest.replaceAll(secret, "[key]"), text);
  return (
    known
      .replace(/\b(?:sk|pk|rk)-[\w*.-]{4,}/gi, "[key]")
      // A word such as key-value is none.
      .replace(/\bkey-(?=[\w*.-]*[\d*])[\w*.-]{4,}/gi, "[key]")
      .replace(/\b(bearer|basic)\s+[\w+/=*.~-]{8,}/gi, "$1 [key]")
      .replace(/\b(api[-_ ]?key|token|secret|password)(["']?\s*[:=]\s*["']?)[^\s"',}&]{6,}/gi, "$1$2[key]")
  );
}
