import { BatonError } from "./errors.ts";

/** What decided which implementation a part uses: the config file, a variable of the environment, or nothing at all. */
export type ChosenBy = "config" | "environment" | "default";

export interface Choice {
  readonly by: ChosenBy;
  /** Why this one, for people to read. */
  readonly why: string;
}

/** A part of Baton that has a default, as its refusal names it. */
export interface Part {
  /** `model`, `store of the runs` … */
  readonly part: string;
  /** What it would fall back to: `offline()`, `SQLite`. */
  readonly fallback: string;
  /** How to choose it on purpose. */
  readonly hint: string;
}

/**
 * Returns a choice, but refuses what nobody chose where that would go unnoticed until it hurts: in production, a forgotten variable must not turn into answers of
 * no language model or into runs on a disk that goes away. Throws `default-refused`.
 */
export function chosen<C extends Choice>(choice: C, { part, fallback, hint }: Part, env: NodeJS.ProcessEnv): C {
  if (choice.by !== "default" || !isProduction(env)) return choice;
  throw new BatonError(
    "default-refused",
    `Nothing names the ${part}, and with NODE_ENV=production Baton does not fall back to ${fallback}.`,
    { hint },
  );
}

export function isProduction(env: NodeJS.ProcessEnv): boolean {
  return env["NODE_ENV"] === "production";
}
