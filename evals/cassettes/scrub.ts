import { SECRET_PATTERNS } from "../../prompts/secrets.ts";

const SHORTEST_SECRET = 8;

/** Replaces keys and tokens in a line that is about to be written: those of the environment, and what looks like one. */
export function scrubbed(line: string, env: NodeJS.ProcessEnv): string {
  const known = Object.entries(env)
    .filter(([name, value]) => /(?:KEY|TOKEN|SECRET|PASSWORD)$/u.test(name) && (value?.length ?? 0) >= SHORTEST_SECRET)
    .map(([, value]) => value ?? "");
  const withoutKnown = known.reduce((text, secret) => text.replaceAll(secret, "[secret]"), line);
  return SECRET_PATTERNS.reduce((text, { pattern }) => text.replace(pattern, "[secret]"), withoutKnown);
}
