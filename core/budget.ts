/** What a run may use at most, from its start over all its resumes, together with the runs that share it. */
export interface Budget {
  /** Input and output tokens of its model calls. */
  readonly tokens?: number;
  /** What its model calls cost, in US dollars. */
  readonly usd?: number;
  /** Model calls that were answered. What is read back from the journal is none. */
  readonly modelCalls?: number;
  /** Time during which it is worked, in milliseconds. */
  readonly wallMs?: number;
  /** Steps of its graph. */
  readonly steps?: number;
}

/** What a budget is counted in, in the order in which people are told of it. */
export const BUDGET_PARTS = ["tokens", "usd", "modelCalls", "wallMs", "steps"] as const;
export type BudgetPart = (typeof BUDGET_PARTS)[number];

/** The parts of which each model call or step is an entry. */
export type Spend = Readonly<Record<(typeof SPEND_PARTS)[number], number>>;
export const SPEND_PARTS = ["tokens", "usd", "modelCalls", "steps"] as const;

export const NOTHING_SPENT: Spend = { tokens: 0, usd: 0, modelCalls: 0, steps: 0 };

/** What is wrong with limits that somebody wrote by hand; undefined when they can be kept to. */
export function budgetMistake(budget: Budget): string | undefined {
  for (const [name, value] of Object.entries(budget)) {
    const part = BUDGET_PARTS.find((known) => known === name);
    const isWhole = part === "usd" || Number.isSafeInteger(value);
    if (part !== undefined && typeof value === "number" && Number.isFinite(value) && value > 0 && isWhole) continue;
    const parts = BUDGET_PARTS.map((known) => `\`${known}\``).join(", ");
    return `Expected a budget of positive numbers for ${parts}, got \`${name}: ${String(value)}\``;
  }
  return undefined;
}
