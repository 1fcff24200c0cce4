import { describe, expect, test } from "vitest";

import type { Embed } from "../core/embed.ts";
import type { Workflow } from "../graph/workflow.ts";
import type { Model } from "../models/model.ts";
import { PromptLibrary } from "../prompts/library.ts";
import { executeCell } from "./execute.ts";
import { judgeTools } from "./judge-model.ts";
import { openTarget } from "./open-targets.ts";
import { mean } from "./statistics/pairs.ts";
import type { Suite } from "./suite.ts";
import { suiteInvalid } from "./suite-error.ts";
import type { OpenTarget } from "./target.ts";

export interface DescribeEvalOptions {
  readonly model: Model;
  /** Folder or folders of prompts. */
  readonly prompts: string | readonly string[];
  /** For the scorer `embedding`. */
  readonly embed?: Embed;
  /** For suites on an agent. */
  readonly workflows?: readonly Workflow[];
}

/**
 * Registers a suite as vitest tests, one for each case: it passes when every gating scorer's mean over the repeats reaches the suite's `passAt`.
 * Suites on whole workflows run with `baton eval`.
 */
export function describeEval(suite: Suite, { model, prompts, embed, workflows = [] }: DescribeEvalOptions): void {
  let opened: Promise<{ readonly target: OpenTarget; readonly library: PromptLibrary }> | undefined;
  const open = async () => {
    const library = await PromptLibrary.load(typeof prompts === "string" ? [prompts] : prompts);
    return { library, target: openTarget(suite, { library, workflows, model, workflowTarget: refuseWorkflow }) };
  };

  if (suite.scorers.length === 0)
    throw suiteInvalid({
      message: `Every scorer of suite \`${suite.name}\` compares two versions.`,
      hint: "Run it with `baton eval --baseline main`, or add a scorer that judges one.",
    });

  describe(suite.name, () => {
    test.for(suite.cases)("$id", async (given, { signal }) => {
      opened ??= open();
      const { target, library } = await opened;
      const scores = new Map<string, number[]>(
        suite.scorers.filter(({ gates }) => gates).map(({ scorer }) => [scorer.name, []]),
      );
      const reasons: string[] = [];
      for (let repeat = 1; repeat <= suite.repeats; repeat++) {
        const outcome = await executeCell({
          target,
          case: given,
          scorers: suite.scorers,
          signal,
          tools: judgeTools({ model, library, embed }, signal),
        });
        if (outcome.outcome !== "scored") throw new Error(`${outcome.outcome}: ${outcome.error}`);
        for (const [name, { score, reason }] of Object.entries(outcome.scores)) {
          scores.get(name)?.push(score);
          if (reason !== undefined) reasons.push(`${name}: ${reason}`);
        }
      }
      for (const [name, all] of scores)
        expect(mean(all), [name, ...reasons].join("\n")).toBeGreaterThanOrEqual(suite.passAt);
    });
  });
}

function refuseWorkflow(): never {
  throw suiteInvalid({ message: "A suite on a whole workflow needs a store.", hint: "Run it with `baton eval`." });
}
