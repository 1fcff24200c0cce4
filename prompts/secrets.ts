/** A place in a text that looks like a secret. It does not carry the secret. */
export interface FoundSecret {
  /** What it looks like: `an AWS access key`. */
  readonly kind: string;
  readonly line: number;
  readonly column: number;
}

interface SecretPattern {
  readonly kind: string;
  readonly pattern: RegExp;
}

/** Finds keys, tokens and passwords by the forms that their issuers document, and values that are named like one. At most one for each place. */
export function findSecrets(text: string): readonly FoundSecret[] {
  return text.split("\n").flatMap((line, index) => secretsOf(line, index + 1));
}

function secretsOf(line: string, number: number): readonly FoundSecret[] {
  const found = new Map<number, FoundSecret>();
  for (const start of windowStarts(line.length)) {
    const part = line.slice(start, start + WINDOW);
    for (const { kind, pattern } of SECRET_PATTERNS) {
      for (const match of part.matchAll(pattern)) {
        const column = start + match.index + 1;
        if (!found.has(column)) found.set(column, { kind, line: number, column });
      }
    }
  }
  return [...found.values()];
}

/** A line is looked at in parts, since some patterns need time that grows with its square; they overlap by more than a secret is long. */
function windowStarts(length: number): readonly number[] {
  const more = Math.max(0, Math.ceil((length - WINDOW) / (WINDOW - OVERLAP)));
  return Array.from({ length: more + 1 }, (_, at) => at * (WINDOW - OVERLAP));
}

const WINDOW = 4000;
const OVERLAP = 1000;

/** What is looked for; the first pattern that fits a place names it. */
export const SECRET_PATTERNS: readonly SecretPattern[] = [
  { kind: "a private key", pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----/gu },
  { kind: "an AWS access key", pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/gu },
  { kind: "an Anthropic key", pattern: /\bsk-ant-[a-z0-9]+-[\w-]{20,}/gu },
  { kind: "an OpenAI key", pattern: /\bsk-(?=[\w-]*\d)[\w-]{20,}/gu },
  { kind: "a GitHub token", pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})/gu },
  { kind: "a GitLab token", pattern: /\bglpat-[\w-]{20,}/gu },
  { kind: "a Slack token", pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/gu },
  { kind: "a Slack webhook", pattern: /\bhooks\.slack\.com\/services\/T\w+\/B\w+\/\w{16,}/gu },
  { kind: "a Google API key", pattern: /\bAIza[\w-]{35}/gu },
  { kind: "a Stripe key", pattern: /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}/gu },
  { kind: "an npm token", pattern: /\bnpm_[A-Za-z0-9]{36}\b/gu },
  { kind: "a Hugging Face token", pattern: /\bhf_[A-Za-z]{30,}\b/gu },
  { kind: "a Pinecone key", pattern: /\bpcsk_\w{20,}/gu },
  { kind: "a SendGrid key", pattern: /\bSG\.[\w-]{16,}\.[\w-]{16,}/gu },
  { kind: "a JSON web token", pattern: /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/gu },
  {
    kind: "an address with a password",
    pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/{}]{1,100}:[^\s:@/{}]{3,200}@[\w.-]/giu,
  },
  { kind: "a bearer token", pattern: /\bbearer\s+(?=[\w.~+/-]*\d)[\w.~+/-]{24,}/giu },
  {
    kind: "a password or key",
    // Twelve signs or more with letters and digits: `password: string` of a schema is none.
    pattern:
      /\b(?:api[_-]?key|secret(?:[_-]?key)?|access[_-]?token|auth[_-]?token|passw(?:or)?d|pwd)["']?\s*[:=]\s*["']?(?=[^\s"']*\d)(?=[^\s"']*[a-z])[^\s"'{}<>]{12,}/giu,
  },
];
