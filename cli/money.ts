/** A sum in US dollars as people read it: `$12.40`, `$0.0031`. */
export function printUsd(usd: number): string {
  if (usd >= 1 || usd === 0) return `$${usd.toFixed(2)}`;
  return usd < 0.000_001 ? "less than $0.000001" : `$${usd.toFixed(Math.min(6, 1 - Math.floor(Math.log10(usd))))}`;
}

/** The cost of model calls behind other facts about them; nothing for calls that cost nothing. */
export function costPart(costUsd: number | null, calls: number): string {
  if (costUsd === null) return "cost unknown";
  return calls === 0 || costUsd === 0 ? "" : printUsd(costUsd);
}
