import type { JsonObject, JsonValue } from "./json.ts";

/** One outside call of a node. `request` holds everything its result depends on: another request is another call. */
export interface JournaledCall {
  readonly kind: "model" | "tool" | "recall" | "call" | "once" | "approval" | "note";
  /** The model's ref, the tool's name, the layers asked, or the name given to `call()`. */
  readonly name: string;
  readonly request: JsonValue;
}

export interface JournaledResult<T extends JsonValue> {
  readonly value: T;
  /** Key under which it is stored. */
  readonly key: string;
  /** True when the stored result of an earlier attempt or process was returned and nothing was called. */
  readonly replayed: boolean;
}

/** What became of a call that was begun and of which no result is stored. */
export type EffectOutcome<T extends JsonValue> =
  | { readonly outcome: "done"; readonly result: T }
  | { readonly outcome: "not_done" }
  | { readonly outcome: "unknown" };

export interface OnceOptions<T extends JsonValue> {
  /**
   * Finds out, by the call's idempotency key, what became of it. `not_done` also says that it is no longer on its way: a process that was frozen in the
   * middle of a call may wake up and make it, so a service that takes calls late has to answer `unknown`. @default nobody knows: a person is asked
   */
  readonly reconcile?: (key: string) => Promise<EffectOutcome<T>>;
  /** True for an error that proves that the call had no effect: it may then be made again. @default never */
  readonly hadNoEffect?: (error: unknown) => boolean;
}

/** A question to a person about a call that is not made without a yes. */
export interface ApprovalQuestion {
  /** The call, with all that the answer depends on: a question about another call is another question. */
  readonly call: JournaledCall;
  /** What the person is shown; plain JSON. */
  readonly shown: JsonObject;
}

/** What a person said. */
export interface Approval {
  readonly approved: boolean;
  readonly reason?: string;
  readonly by?: string;
}

/**
 * The calls of one node execution. The key of a call is made of run, namespace, task, request digest and occurrence,
 * never of the attempt, so that a retry and a resume find what an earlier attempt finished.
 */
export interface Journal {
  /**
   * Returns the stored result of this call, or performs it and stores the result durably before returning it.
   * A result that `accept` rejects (by throwing) is stored as spent: it counts as paid and is never replayed.
   * Throws what `perform` or `accept` throws, and the store's error when the result could not be stored.
   */
  call<T extends JsonValue>(
    call: JournaledCall,
    perform: (key: string) => Promise<T>,
    accept?: (value: T) => void | Promise<void>,
  ): Promise<JournaledResult<T>>;
  /**
   * Like `call`, for what must not happen twice: that it is about to happen is durable before it begins. When no result is stored of a call that
   * was begun, it is reconciled or a person is asked; it is performed again only when it is known to have had no effect.
   */
  once<T extends JsonValue>(
    call: JournaledCall,
    perform: (key: string) => Promise<T>,
    options?: OnceOptions<T>,
  ): Promise<JournaledResult<T>>;
  /** The stored result of a call; makes none. It counts as one occurrence of the call. */
  find<T extends JsonValue>(call: JournaledCall): Promise<T | undefined>;
  /** Returns what a person answered to each question, or makes the run wait until all of them are answered. */
  approvals(questions: readonly ApprovalQuestion[]): Promise<readonly Approval[]>;
}
