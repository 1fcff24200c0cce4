import { canonicalJson } from "../../core/json.ts";
import { toReadableJson } from "../../core/readable-json.ts";
import { signatureOf } from "../../core/signature.ts";
import type { Store } from "../store.ts";
import type { Why } from "./answer-of-why.ts";
import type { RunHistory } from "./history-of-run.ts";
import type { Writing } from "./writing.ts";

const RESUME = "__resume__";

/**
 * The answers of people that a task was given. The run waits at a checkpoint of its own graph: `host` is the task of that which the answer went
 * through, another one than the task itself where that stands in a graph inside a node.
 */
export async function givenAnswers(
  store: Pick<Store, "provenance">,
  { run, events }: RunHistory,
  {
    by: { checkpoint, task, namespace, threadKey, ...writing },
    host,
  }: { readonly by: Writing; readonly host: Writing },
): Promise<Pick<Why, "answers">> {
  if (checkpoint === undefined || task === undefined || writing.run !== run.id) return {};
  const said = events.flatMap((event) =>
    event.type === "run_answered" && event.checkpoint === host.checkpoint ? [event] : [],
  );
  if (said.length === 0) return {};
  const resumed = await store.provenance.written({ threadKey, namespace, channel: RESUME }, [checkpoint]);
  const own = resumed
    .filter((one) => one.task === task)
    .flatMap(({ value }) => (Array.isArray(value) ? value.map((one: unknown) => toReadableJson(one)) : []))
    .map((one) => canonicalJson(one));
  // Without the values that tasks were given, all of the step's tasks may have been meant.
  const fit = resumed.length === 0 ? said : said.filter(({ answer }) => own.includes(canonicalJson(answer)));
  const answers = fit.map((one) => ({ answer: one.answer, ...signatureOf(one) }));
  return answers.length === 0 ? {} : { answers };
}
