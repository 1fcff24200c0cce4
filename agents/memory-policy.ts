import { BatonError } from "../core/errors.ts";
import { isLayer, LAYER_ORDER, type LayerName } from "../memory/item.ts";
import { checkRules } from "../memory/route-rules.ts";
import { ROUTE_MODES } from "../memory/router.ts";
import { EXTRACTION_PROMPT } from "./extract.ts";
import type { RecallRequest } from "./services.ts";
import { SUMMARY_PROMPT } from "./summarize.ts";

/** Which memory an agent recalls from before its model is called, and what it remembers after. */
export interface MemoryPolicy<S> extends RouteOptions {
  readonly layers: readonly LayerName[];
  /** What to search for. @default the agent's string fields, joined */
  readonly query?: (state: S) => string;
  /** Namespace of the vector layer, for what is recalled and remembered. @default the workflow's id */
  readonly namespace?: (state: S) => string;
  /** At most this many passages enter the prompt. @default 12; raise it when answers need wider evidence */
  readonly limit?: number;
  /** What the agent wrote is remembered here, once however often the step runs again. @default nothing is remembered */
  readonly remember?: "session" | "vector";
  /**
   * Remembers, instead of all that the agent wrote, what the model finds in its input and answer that will matter later, by the prompt
   * `baton/memory-extraction`. Where there is no language model, what it wrote is remembered as it is.
   * @default false
   */
  readonly extract?: boolean;
  /** Sums up, by the prompt `baton/session-summary`, what fits the query and does not fit `budgetTokens`. @default false: it is left out */
  readonly summarize?: boolean;
}

/** What the router is told by a policy. */
export type RouteOptions = Pick<RecallRequest, "mode" | "budgetTokens" | "onDown" | "rules" | "admitUntrusted">;

/** A policy, or a function that makes one of what the agent sees; undefined recalls and remembers nothing. */
export type MemoryChoice<S> = MemoryPolicy<S> | ((state: S) => MemoryPolicy<S> | undefined);

/** The policy for what the agent sees. Throws `workflow-invalid` for one that a function made and that nothing can follow. */
export function policyFor<S>(choice: MemoryChoice<S> | undefined, seen: S): MemoryPolicy<S> | undefined {
  if (typeof choice !== "function") return choice;
  const made = choice(seen);
  checkPolicy(made);
  return made;
}

const KNOWN: { readonly [field in "mode" | "onDown" | "remember"]: readonly string[] } = {
  mode: ROUTE_MODES,
  onDown: ["degrade", "fail"],
  remember: ["session", "vector"],
};

/** Throws `workflow-invalid`, naming the field, for a policy that nothing can follow. */
export function checkPolicy<S>(policy: MemoryPolicy<S> | undefined): void {
  if (policy === undefined) return;
  if (!Array.isArray(policy.layers)) throw invalidPolicy("layers", "a list of memory layers");
  for (const layer of policy.layers)
    if (!isLayer(layer)) throw invalidPolicy("layers", `made of ${LAYER_ORDER.join(", ")}, not \`${String(layer)}\``);
  for (const [field, known] of Object.entries(KNOWN)) {
    const value: unknown = Reflect.get(policy, field);
    if (value !== undefined && !known.some((one) => one === value))
      throw invalidPolicy(field, `one of ${known.join(", ")}, not \`${JSON.stringify(value)}\``);
  }
  for (const field of ["limit", "budgetTokens"] as const) {
    const value = policy[field];
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0))
      throw invalidPolicy(field, `a positive whole number, not \`${value}\``);
  }
  if (policy.extract === true && policy.remember === undefined)
    throw invalidPolicy("remember", "the layer in which what `extract` finds is kept");
  if (policy.summarize === true && policy.budgetTokens === undefined)
    throw invalidPolicy("budgetTokens", "a number, since `summarize` sums up what does not fit it");
  checkRules(policy.rules);
}

/** The prompts that following a policy may need: each run pins them. What a function will choose is not known before. */
export function policyPrompts<S>(choice: MemoryChoice<S> | undefined): readonly string[] {
  if (choice === undefined) return [];
  const isFunction = typeof choice === "function";
  return [
    ...(isFunction || choice.extract === true ? [EXTRACTION_PROMPT] : []),
    ...(isFunction || choice.summarize === true ? [SUMMARY_PROMPT] : []),
  ];
}

function invalidPolicy(field: string, expected: string): BatonError {
  return new BatonError("workflow-invalid", `Expected \`${field}\` of an agent's \`memory\` to be ${expected}.`, {
    hint: "Write what docs/memory.md names, or leave it out for the default.",
  });
}

export function routeOptions({ mode, budgetTokens, onDown, rules, admitUntrusted }: RouteOptions): RouteOptions {
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(budgetTokens === undefined ? {} : { budgetTokens }),
    ...(onDown === undefined ? {} : { onDown }),
    ...(rules === undefined ? {} : { rules }),
    ...(admitUntrusted === undefined ? {} : { admitUntrusted }),
  };
}
