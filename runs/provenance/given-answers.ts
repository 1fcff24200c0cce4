import { canonicalJson } from "../../core/json.ts";
import { toReadableJson } from "../../core/readable-json.ts";
import type { Store } from "../store.ts";
import type { Why } from "./answer-of-why.ts";
import type { RunHistory } from "./history-of-run.ts";
import type { Writing } from "./writing.ts";

const RESUME = "__resume__";

/** The answers of people that a task was given. */
export async function givenAnswers(
  store: Pick<Store, "provenance">,
  { run, events }: RunHistory,
  { checkpoint, task, namespace, threadKey, ...writing }: Writing,
): Promise<Pick<Why, "answers">> {
  if (checkpoint === undefined || task === undefined || writing.run !== run.id) return {};
  const said = events.flatMap((event) =>
    event.type === "run_answered" && event.checkpoint === checkpoint ? [event] : [],
  );
  if (said.length === 0) return {};
  const resumed = await store.provenance.written({ threadKey, namespace, channel: RESUME }, [checkpoint]);
  const own = resumed
    .filter((one) => one.task === task)
    .flatMap(({ value }) => (Array.isArray(value) ? value.map((one: unknown) => toReadableJson(one)) : []))
    .map((one) => canonicalJson(one));
  // Without the values that tasks were given, all of the step's tasks may have been meant.
  const fit = resumed.length === 0 ? said : said.filter(({ answer }) => own.includes(canonicalJson(answer)));
  const answers = fit.map(({ answer, by, reason }) => ({
    answer,
    ...(by === undefined ? {} : { by }),
    ...(reason === undefined ? {} : { reason }),
  }));
  return answers.length === 0 ? {} : { answers };
}
