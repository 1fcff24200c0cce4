import { BatonError } from "../core/errors.ts";
import type { TaskRef } from "../core/events.ts";
import type { Approval, ApprovalQuestion } from "../core/journal.ts";
import { digest, isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { signatureOf } from "../core/signature.ts";
import type { PendingInterrupt } from "./run.ts";

/** What a person is asked before a call is made that needs a yes. */
export interface ApprovalRequest extends JsonObject {
  readonly kind: "approval";
  readonly name: string;
  readonly arguments: JsonValue;
  /** SHA-256 of name and arguments: an answer that carries another one is about something else. */
  readonly digest: string;
  /** Key of the call: the answer is kept under it and counts for no other call. */
  readonly key: string;
  readonly node: string;
  readonly step: number;
}

/** The question about a call, as the run waits for it. */
export function approvalInterrupt(
  key: string,
  { call, shown }: ApprovalQuestion,
  { node, step }: TaskRef,
): PendingInterrupt & { readonly value: ApprovalRequest } {
  return {
    id: `approval-${key.slice(0, 24)}`,
    value: {
      ...shown,
      kind: "approval",
      name: call.name,
      arguments: call.request,
      digest: digest([call.name, call.request]),
      key,
      node,
      step,
    },
  };
}

/** The key of the call that a question asks about; undefined for an interrupt of another kind. */
export function approvalKeyOf({ id, value }: PendingInterrupt): string | undefined {
  if (!id.startsWith("approval-") || !isJsonObject(value) || value["kind"] !== "approval") return undefined;
  return typeof value["key"] === "string" ? value["key"] : undefined;
}

export interface GivenApproval {
  readonly interrupt: PendingInterrupt;
  /** True when the answer named the interrupt. */
  readonly isNamed: boolean;
  readonly answer: JsonValue;
  readonly run: string;
}

/**
 * Reads what a person said to a question. A yes must say what it approves, by the id of the question or by the digest that was shown with the
 * arguments. Throws `answer-invalid`, and `approval-mismatch` when it is about other arguments; nothing is lost.
 */
export function readApproval({ interrupt, isNamed, answer, run }: GivenApproval): Approval {
  const { value } = interrupt;
  const expected = isJsonObject(value) && typeof value["digest"] === "string" ? value["digest"] : "";
  const said = isJsonObject(answer) ? answer : {};
  const { approve, reason, digest: shown } = said;
  if (typeof approve !== "boolean" || (reason !== undefined && typeof reason !== "string"))
    throw invalid(interrupt, run, `says neither yes nor no: ${JSON.stringify(answer).slice(0, 200)}`);
  if (shown !== undefined && shown !== expected) {
    throw new BatonError(
      "approval-mismatch",
      `The answer to \`${interrupt.id}\` is about other arguments than run \`${run}\` asks about; it was not used.`,
      { hint: `Look at what it asks about now: baton show ${run}` },
    );
  }
  if (approve && shown === undefined && !isNamed)
    throw invalid(interrupt, run, "does not say what it approves: it carries no `digest`, and names no interrupt");
  return { approved: approve, ...(reason === undefined ? {} : { reason }) };
}

/** Reads back what `readApproval` said, as the journal keeps it with who said it. Throws `internal-error` when it is something else. */
export function storedApproval(key: string, value: JsonValue | undefined): Approval {
  const { approved, reason, by } = isJsonObject(value) ? value : {};
  if (typeof approved === "boolean" && isTextOrNothing(reason) && isTextOrNothing(by))
    return { approved, ...signatureOf({ by, reason }) };
  throw new BatonError("internal-error", `The journal holds something under \`${key}\` that is no approval.`, {
    hint: "Restore the store from a backup, or start a new run.",
  });
}

function isTextOrNothing(value: JsonValue | undefined): value is string | undefined {
  return value === undefined || typeof value === "string";
}

function invalid({ id }: PendingInterrupt, run: string, what: string): BatonError {
  return new BatonError("answer-invalid", `The answer ${what}.`, {
    hint: `Use baton resume ${run} --interrupt ${id} --answer '{"approve":true}' or '{"approve":false,"reason":"…"}'.`,
  });
}
