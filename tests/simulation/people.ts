import type { ResumeOptions } from "../../runs/desk.ts";
import type { Run } from "../../runs/run.ts";
import { type Deeds, isUnderWay } from "./fake-engine.ts";
import { FIRST_ALLOWANCE, type Purse } from "./paid-model.ts";

/** True while the run asks about a call that is still being made: a person waits until it is known what became of it. */
export function asksTooEarly({ interrupts }: Run & { readonly status: "interrupted" }, deeds: Deeds): boolean {
  const value = interrupts[0]?.value;
  if (typeof value !== "object" || value === null || !("key" in value)) return false;
  return typeof value["key"] === "string" && isUnderWay(value["key"], deeds);
}

/** What a person would say: yes, and of an effect what really became of it. */
export function answerTo(run: Run & { readonly status: "interrupted" }, { effects }: Deeds) {
  const value = run.interrupts[0]?.value;
  if (typeof value !== "object" || value === null || !("key" in value)) return "yes";
  const happened = effects.find(({ key }) => key === value["key"]);
  return happened === undefined ? { outcome: "not_done" } : { outcome: "done", result: `once ${happened.step}` };
}

/** A person who finds a budget used up allows another call. */
export function allowanceFor(run: Run, { calls, allowed }: Purse): Pick<ResumeOptions, "budget"> {
  const most = allowed.get(run.id);
  const made = calls.filter((call) => call.run === run.id).length;
  if (run.status !== "parked" || most === undefined || !run.reason.includes("budget")) return {};
  const modelCalls = Math.max(most, made) + FIRST_ALLOWANCE;
  allowed.set(run.id, modelCalls);
  return { budget: { modelCalls } };
}
