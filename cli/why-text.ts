import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { ModelUse } from "../core/provenance.ts";
import type { Why, Writer } from "../runs/provenance/answer-of-why.ts";
import { printUsd } from "./money.ts";
import type { Output } from "./output.ts";
import { oneLine } from "./plain-text.ts";

const LONGEST_VALUE = 100;

/** The answer of `why` as a tree: each value with its writer and what that made it from. */
export function describeWhy(why: Why, output: Pick<Output, "paint">): string {
  return branch(why, output.paint.out, "").join("\n");
}

type Paint = Output["paint"]["out"];

function branch(why: Why, paint: Paint, label: string): readonly string[] {
  const path = why.path.startsWith("packet from ")
    ? why.path
    : `${paint("bold", oneLine(why.path, 60))} = ${shorten(why.value)}`;
  const children = [
    ...why.reads.map((read) => ({ label: "", read })),
    ...(why.previous === undefined ? [] : [{ label: "before: ", read: why.previous }]),
  ];
  const own = [
    `${paint("dim", label)}${path}`,
    ...facts(why).map((line) => `${paint("dim", children.length > 0 ? "│ " : "  ")}${line}`),
  ];
  const below = children.flatMap(({ label: name, read }, index) => {
    const isLast = index === children.length - 1;
    const [first = "", ...rest] = branch(read, paint, name);
    return [
      `${paint("dim", isLast ? "└─ " : "├─ ")}${first}`,
      ...rest.map((line) => `${paint("dim", isLast ? "   " : "│  ")}${line}`),
    ];
  });
  return [...own, ...below];
}

function facts(why: Why): readonly string[] {
  const { writtenBy, prompt, model, usage, answers = [] } = why;
  const prompts = [prompt, ...(why.morePrompts ?? [])].flatMap((one) => (one === null ? [] : [one.ref]));
  const models = [model, ...(why.moreModels ?? [])].flatMap((one) => (one === null ? [] : [modelText(one)]));
  const tokens = usage === null ? "" : `, ${usage.inputTokens} tokens in, ${usage.outputTokens} out${costText(why)}`;
  return [
    `${writtenBy === null ? "not written" : writerSentence(writtenBy)} (${why.exactness})`,
    ...prompts.map((ref) => `prompt ${oneLine(ref)}`),
    ...(models.length === 0 ? [] : [`model ${oneLine(models.join(", "))}${tokens}`]),
    ...why.memories.map((route) => `memory ${recalled(route)}`),
    ...why.tools.map(({ name, outcome }) => `called ${oneLine(name, 60)}: ${outcome}`),
    ...answers.map(({ answer, ...who }) => `answered ${shorten(answer)}${signed(who)}`),
    ...(why.note === undefined ? [] : [`note: ${why.note}`]),
    ...(why.repeated === true ? ["what it was made from stands above"] : []),
    ...(why.deeper === true ? ["there is more below: raise --depth"] : []),
  ];
}

/** A model, and those that gave no answer before it was asked. */
export function modelText({ ref, insteadOf }: ModelUse): string {
  return insteadOf === undefined ? ref : `${ref} (in place of ${insteadOf.join(", ")})`;
}

/** What a value cost, behind its tokens. What is unknown is left out: `--json` tells it from nothing. */
export function costText({ costUsd = 0 }: Why): string {
  return costUsd === 0 ? "" : `, ${printUsd(costUsd)}`;
}

/** Who wrote a value, as a sentence without its subject. */
export function writerSentence({ node, step, attempt, kind, run, ...who }: Writer): string {
  const again = attempt > 1 ? `, attempt ${attempt}` : "";
  const where = `in step ${step}${again} of ${run}`;
  const name = oneLine(node ?? "", 60);
  switch (kind) {
    case "input":
      return `given as input of ${run}`;
    case "human":
      return `set by hand before step ${step + 1} of ${run}${signed(who)}`;
    case "migration":
      return `changed by a migration before step ${step} of ${run}${signed(who)}`;
    case "agent":
      return `written by agent ${name} ${where}`;
    case "step":
      return `written by ${name} ${where}`;
    case "reducer":
      return `made by a reducer from what ${name === "" ? "the input" : name} wrote ${where}`;
    default:
      return kind satisfies never;
  }
}

function signed({ by, reason }: { readonly by?: string; readonly reason?: string }): string {
  return `${by === undefined ? "" : ` by ${oneLine(by, 60)}`}${reason === undefined ? "" : `: ${oneLine(reason)}`}`;
}

function recalled(route: JsonObject): string {
  const layers = Array.isArray(route["layers"]) ? route["layers"].join(", ") : "";
  const items = Array.isArray(route["recalled"]) ? route["recalled"] : [];
  const names = items.flatMap((item: JsonValue) =>
    isJsonObject(item) && typeof item["id"] === "string" ? [item["id"]] : [],
  );
  const shown = names.slice(0, 5).map((name) => oneLine(name, 40));
  const more = names.length > shown.length ? `, and ${names.length - shown.length} more` : "";
  return `${oneLine(layers)}: ${names.length === 0 ? "nothing" : `${shown.join(", ")}${more}`}`;
}

/** A value on one line, at most a hundred characters long. */
export function shorten(value: JsonValue, limit = LONGEST_VALUE): string {
  return oneLine(JSON.stringify(value), limit);
}
