import { BatonError, ParkRequest } from "../core/errors.ts";
import { ModelError } from "./model-error.ts";

/**
 * True when the same call may succeed a little later: 408, 409, 429 (but not an exhausted quota), 5xx, 529 and broken connections.
 * Never 400, 401, 403, 404, 422, and never a model error whose retries are spent. Judges any error, also of other clients.
 */
export function isRetryable(error: unknown): boolean {
  if (ModelError.is(error)) return error.retryable && !error.retriesSpent;
  if (BatonError.is(error)) return error.code === "database-busy";
  if (hasCode(error, QUOTA_CODES)) return false;
  const status = statusOf(error);
  if (status !== undefined) return isRetryableStatus(status);
  return causes(error).some((cause) => hasCode(cause, CONNECTION_CODES));
}

/**
 * Decides for a node with a judgement of its own. Some errors are not its business: a request to park the run, the loss of the run to another
 * process, and a model call that was repeated as often as it may be.
 */
export function retryOnUnlessFinal(own: (error: never) => boolean): (error: unknown) => boolean {
  // LangGraph hands every judgement whatever was thrown; `never` is how a policy of any parameter type is accepted.
  const judge = own as (error: unknown) => boolean;
  return (error) => !causes(error).some(isFinal) && judge(error);
}

function isFinal(error: unknown): boolean {
  if (ModelError.is(error)) return error.retriesSpent;
  return ParkRequest.is(error) || (BatonError.is(error) && (error.code === "fenced" || error.code === "lease-lost"));
}

export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/**
 * Decides for LangGraph's `retryPolicy` whether a failed node is run again. A node policy is the user's wish to retry, so unknown errors are;
 * not those that another attempt cannot mend: fatal errors, spent model retries, Baton's own checks, HTTP answers that `isRetryable`
 * refuses, mistakes in the program, missing files, aborts, and LangGraph's control flow and graph errors.
 */
export function retryOn(error: unknown): boolean {
  // An error around a fatal or spent one is as final as its cause.
  const chain = causes(error);
  if (chain.some(isControlFlow) || chain.some((cause) => BatonError.is(cause) && !isRetryable(cause))) return false;
  if (isRetryable(error)) return true;
  if (statusOf(error) !== undefined || hasCode(error, QUOTA_CODES) || hasCode(error, FILE_CODES)) return false;
  return !(error instanceof Error) || !NEVER_RETRIED.has(error.name);
}

/** Also what a provider calls an unpaid bill: waiting does not pay it. */
export const QUOTA_CODES: ReadonlySet<string> = new Set([
  "insufficient_quota",
  "billing_hard_limit_reached",
  "billing_not_active",
]);

const CONNECTION_CODES: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "ETIMEDOUT",
  "EPIPE",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);

const FILE_CODES: ReadonlySet<string> = new Set([
  "ENOENT",
  "EACCES",
  "EPERM",
  "EISDIR",
  "ENOTDIR",
  "EEXIST",
  "EROFS",
  "ELOOP",
  "ENAMETOOLONG",
]);

const NEVER_RETRIED: ReadonlySet<string> = new Set([
  "AbortError",
  "AssertionError",
  "EmptyChannelError",
  "EmptyInputError",
  "EvalError",
  "GraphRecursionError",
  "GraphValueError",
  "InvalidUpdateError",
  "MultipleSubgraphsError",
  "RangeError",
  "ReferenceError",
  "StateGraphInputError",
  "SyntaxError",
  "TypeError",
  "URIError",
  "UnknownInterruptError",
  "UnreachableNodeError",
  "ZodError",
  "$ZodError",
]);

/** Interrupts, drains and commands to a parent graph travel as errors that carry this mark. */
function isControlFlow(error: unknown): boolean {
  return isRecord(error) && error["is_bubble_up"] === true;
}

const DEEPEST_CAUSE = 5;

function causes(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let current = error; current !== undefined && current !== null && chain.length <= DEEPEST_CAUSE;) {
    chain.push(current);
    current = isRecord(current) ? current["cause"] : undefined;
  }
  return chain;
}

function statusOf(error: unknown): number | undefined {
  if (!isRecord(error)) return undefined;
  const response = isRecord(error["response"]) ? error["response"] : {};
  return [error["status"], error["statusCode"], response["status"]]
    .filter((status) => typeof status === "number")
    .find((status) => status >= 400 && status < 600);
}

function hasCode(error: unknown, codes: ReadonlySet<string>): boolean {
  return isRecord(error) && typeof error["code"] === "string" && codes.has(error["code"]);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
