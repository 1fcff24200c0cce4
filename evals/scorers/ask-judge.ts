import { type JsonObject, textOf } from "../../core/json.ts";
import type { Scored, ScorerTools } from "../scorer.ts";
import { suiteInvalid } from "../suite-error.ts";

/** The answer of a judge's prompt; throws `suite-invalid` where no model is at hand, and why there is no answer. */
export async function askJudge(tools: ScorerTools | undefined, prompt: string, input: JsonObject): Promise<JsonObject> {
  if (tools?.judge === undefined)
    throw suiteInvalid({
      message: `No model is at hand to ask the judge \`${prompt}\`.`,
      hint: "Run the suite with `baton eval`, or give `judge` to the runner.",
    });
  const said = await tools.judge(prompt, input);
  if ("error" in said) throw said.error;
  return said.answer;
}

/** What was asked, as a judge is told it. */
export function requestOf({ input }: Pick<Scored, "input">): string {
  const values = Object.values(input);
  return values.length === 1 ? textOf(values[0]) : JSON.stringify(input);
}
