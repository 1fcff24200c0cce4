import type { JsonValue } from "./json.ts";

/** One outside call of a node. `request` holds everything its result depends on: another request is another call. */
export interface JournaledCall {
  readonly kind: "model" | "tool" | "recall" | "call";
  /** The model's ref, the tool's name, the layers asked, or the name given to `call()`. */
  readonly name: string;
  readonly request: JsonValue;
}

export interface JournaledResult<T extends JsonValue> {
  readonly value: T;
  /** True when the stored result of an earlier attempt or process was returned and nothing was called. */
  readonly replayed: boolean;
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
}
