import type { APIError } from "openai";

import { ModelError, providerText } from "./model-error.ts";
import { isRetryableStatus, QUOTA_CODES } from "./retry.ts";
import { resetMs, retryAfterMs } from "./retry-after.ts";

export interface FailureContext {
  /** Ref of the model. */
  readonly model: string;
  readonly url: string;
  /** Texts that must not appear in a message. */
  readonly secrets: readonly string[];
  readonly now: number;
}

/** Turns whatever the `openai` package threw into a `ModelError` that says what happened and what to do. */
export function toModelError(error: unknown, context: FailureContext): ModelError {
  if (ModelError.is(error)) return error;
  if (isApiError(error) && error.status !== undefined) return fromStatus(error, error.status, context);
  if (isApiError(error) && error.error !== undefined) return fromErrorEvent(error, context);
  return isUnreadable(error) ? unreadable(context) : brokenConnection(error, context);
}

/** An answer that is not what the protocol says, such as the page of a proxy or JSON that ends in the middle. */
export function unexpectedAnswer(body: unknown, context: FailureContext): ModelError {
  return new ModelError(
    `Model \`${context.model}\` at ${context.url} answered with something that is no chat completion: ${said(body, context)}.`,
    {
      model: context.model,
      retryable: false,
      hint: "Check the base URL: it usually ends in /v1, and a proxy may stand in front of it.",
    },
  );
}

function unreadable(context: FailureContext): ModelError {
  return new ModelError(`Model \`${context.model}\` at ${context.url} answered with JSON that cannot be read.`, {
    model: context.model,
    retryable: true,
    hint: "Resume the run; if it happens again, a proxy between here and the provider may cut or change answers.",
  });
}

/** An error that an endpoint reports inside a successful answer; OpenRouter and some gateways do. */
export function errorInBody(body: unknown, context: FailureContext): ModelError {
  const { code, message } = fieldsOf(body);
  const status = typeof code === "number" && code >= 400 && code < 600 ? code : undefined;
  const isBusy =
    status === undefined
      ? /overloaded|server_error|rate_limit|timeout/i.test(JSON.stringify([code, fieldsOf(body).type]))
      : isRetryableStatus(status);
  return new ModelError(
    `Model \`${context.model}\` answered with an error${status === undefined ? "" : ` ${status}`}: ${said(message ?? body, context)}.`,
    {
      model: context.model,
      retryable: isBusy && !isQuota(String(code)),
      ...(status === undefined ? {} : { status }),
      hint: hintFor(status, String(code), context),
    },
  );
}

function fromStatus(error: APIError, status: number, context: FailureContext): ModelError {
  const wait = retryAfterMs(error.headers, context.now) ?? (status === 429 ? resetMs(error.headers) : undefined);
  const code = error.code ?? error.type ?? "";
  const text = said(error.message.replace(/^\d{3} /, ""), context);
  // No `cause`: the client's error repeats the provider's raw text, which may echo the key.
  return new ModelError(
    `Model \`${context.model}\` answered ${status}${code === "" ? "" : ` (${said(code, context)})`}: ${text}.`,
    {
      model: context.model,
      status,
      // A provider that says so itself knows better; it can only forbid a retry, not order one.
      retryable:
        isRetryableStatus(status) &&
        !isQuota(code) &&
        !isQuota(error.type ?? "") &&
        error.headers?.get("x-should-retry") !== "false",
      hint: hintFor(status, code, context),
      ...(isQuota(code) ? { code: "model-unavailable" as const } : {}),
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    },
  );
}

function fromErrorEvent(error: APIError, context: FailureContext): ModelError {
  return errorInBody(error.error, context);
}

function brokenConnection(error: unknown, context: FailureContext): ModelError {
  const reason = innermost(error);
  return new ModelError(
    `The connection to model \`${context.model}\` at ${context.url} broke: ${said(reason, context)}.`,
    {
      model: context.model,
      retryable: true,
      hint: "Check that the endpoint is reachable from this machine, then resume the run.",
      cause: error,
    },
  );
}

/** The client and fetch wrap what the system said ("fetch failed"); the reader needs the last cause ("ECONNREFUSED 127.0.0.1:1"). */
function innermost(error: unknown): string {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error && current.cause instanceof Error; depth++)
    current = current.cause;
  if (!(current instanceof Error)) return String(current);
  const code = "code" in current && typeof current.code === "string" ? current.code : "";
  return current.message === "" ? code || current.name : current.message;
}

function hintFor(status: number | undefined, code: string, context: FailureContext): string {
  if (isQuota(code)) return "Add credit to the provider's account or use another model, then resume the run.";
  if (code === "context_length_exceeded")
    return "Give the agent less to read (`reads`, memory `limit`) or use a model with a longer context.";
  switch (status) {
    case 401:
    case 403:
      return `Check that OPENAI_API_KEY (or \`apiKey\`) is a key for ${context.url} with access to this model.`;
    case 404:
      return `Check the model's name and that ${context.url} is the right base URL.`;
    case 429:
      return "Resume the run later, or ask the provider for a higher rate limit.";
    case 400:
    case 422:
      return "The provider refused the request itself: check the settings of the prompt and of the model.";
    default:
      return "Resume the run when the provider answers again.";
  }
}

function isQuota(code: string): boolean {
  return QUOTA_CODES.has(code);
}

function said(value: unknown, { secrets }: FailureContext): string {
  const text = providerText(typeof value === "string" ? value : (JSON.stringify(value) ?? ""), secrets).replace(
    /[.\s]+$/,
    "",
  );
  return text === "" ? "no reason given" : text;
}

function fieldsOf(body: unknown): {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly type?: unknown;
} {
  return typeof body === "object" && body !== null ? body : {};
}

function isUnreadable(error: unknown): boolean {
  return error instanceof SyntaxError;
}

/** By shape, not by class: the class would have to be imported, and the package is loaded only for a call. */
function isApiError(error: unknown): error is APIError {
  return error instanceof Error && "requestID" in error && "headers" in error;
}
