import { BatonError } from "../../core/errors.ts";
import { estimateOf } from "../../evals/estimate.ts";
import { judgePrompts } from "../../evals/judge-model.ts";
import type { Journal } from "../../evals/journal.ts";
import type { KeptResults } from "../../evals/kept-results.ts";
import { countCells, type PlannedSuite } from "../../evals/plan.ts";
import type { CassetteMode } from "../../evals/cassettes/modes.ts";
import { offersOf } from "../../models/fallbacks.ts";
import type { ModelPrice } from "../../models/price-list.ts";
import { counted } from "../counted.ts";
import { printUsd } from "../money.ts";
import type { Output } from "../output.ts";
import type { OpenEvals } from "./open-evals.ts";

interface CostFlags {
  readonly seed: number;
  readonly cassettes: CassetteMode;
  readonly budgetTokens?: number;
  readonly budgetUsd?: number;
}

/** A ceiling in dollars holds nothing back where no price is known. Throws `bad-usage`. */
export function refuseUnpriced({ project }: OpenEvals, { budgetUsd }: CostFlags): void {
  if (budgetUsd === undefined || priceOf(project.model.model) !== undefined) return;
  throw new BatonError(
    "bad-usage",
    `No price is known for \`${project.model.model.ref}\`, so \`--budget-usd\` cannot hold.`,
    {
      hint: "Give its price in `prices` of your baton.config.ts, or use --budget-tokens.",
    },
  );
}

interface Costing {
  readonly evals: OpenEvals;
  readonly suites: readonly PlannedSuite[];
  readonly journal: Journal;
  readonly kept?: KeptResults;
}

/** Says, before the first call, what is about to run on which model, and what its input will take. */
export async function noteEstimate(
  { evals, suites, journal, kept }: Costing,
  { seed, cassettes, budgetTokens, budgetUsd }: CostFlags,
  output: Output,
): Promise<void> {
  const { model, why } = evals.project.model;
  const against = evals.baseline === undefined ? "" : `, compared with ${evals.baseline.slice(0, 12)}`;
  const { all, pairs } = countCells(suites);
  const cells = all - pairs;
  const sideBySide = pairs === 0 ? "" : ` and ${counted(pairs, "pair")} of answers to judge`;
  const line = `${counted(suites.length, "suite")}, ${counted(cells, "execution")}${sideBySide} on ${model.ref} (${why})${against}`;
  // What costs nothing needs no estimate.
  if (cassettes === "replay" || model.readsPrompts === false) return output.note(output.paint.err("dim", line));
  const estimate = await estimateOf(suites, { seed, journal, ...(kept === undefined ? {} : { kept }) });
  const price = priceOf(model);
  const usd = price === undefined ? undefined : (estimate.inputTokens * price.input) / 1_000_000;
  const cost = usd === undefined ? "" : ` (${printUsd(usd)})`;
  const known = cells - estimate.executions;
  const extras = [
    "answers",
    ...(suites.some(({ suite }) => judgePrompts(suite).length > 0) ? ["judges"] : []),
    ...(estimate.unknown > 0 ? [`${counted(estimate.unknown, "execution")} of unknown size`] : []),
  ];
  output.note(output.paint.err("dim", line));
  output.note(
    output.paint.err(
      "dim",
      `Estimate: ${counted(estimate.executions, "execution")} to make${known > 0 ? `, ${known} known` : ""}; about ${estimate.inputTokens} tokens of input${cost}, and on top ${extras.join(", ")}`,
    ),
  );
  if (estimate.inputTokens > (budgetTokens ?? Infinity) || (usd ?? 0) > (budgetUsd ?? Infinity))
    output.note("That is more than the budget: the run will stop on the way, with the verdict partial.");
}

/** The price by which the first model that may answer is paid. */
function priceOf(model: OpenEvals["project"]["model"]["model"]): ModelPrice | undefined {
  return offersOf(model)[0]?.price;
}
