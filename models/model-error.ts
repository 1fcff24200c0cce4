import { BatonError } from "../core/errors.ts";
import type { ErrorCode } from "../core/error-codes.ts";
import { withoutSecrets } from "../core/redact.ts";

export interface ModelErrorOptions {
  /** Ref of the model that failed. */
  readonly model: string;
  /** True when the same request may succeed a little later. */
  readonly retryable: boolean;
  readonly code?: ErrorCode;
  /** HTTP status of the answer; absent when none came. */
  readonly status?: number;
  /** How long the provider asks to wait. */
  readonly retryAfterMs?: number;
  /** Requests made before giving up. */
  readonly attempts?: number;
  /** True when whoever owns the retries has given up: nobody above may try again. */
  readonly retriesSpent?: boolean;
  readonly hint?: string;
  readonly cause?: unknown;
}

/** A model call that gave no answer. Its text never holds a key: provider messages pass through `providerText` first. */
export class ModelError extends BatonError {
  override readonly name = "ModelError";
  readonly model: string;
  readonly retryable: boolean;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly attempts: number;
  readonly retriesSpent: boolean;

  constructor(message: string, options: ModelErrorOptions) {
    super(options.code ?? (options.retryable ? "model-unavailable" : "model-failed"), message, options);
    this.model = options.model;
    this.retryable = options.retryable;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.attempts = options.attempts ?? 1;
    this.retriesSpent = options.retriesSpent ?? false;
  }

  /** Recognises a model error also when it was made by another copy of the package. */
  static override is(error: unknown): error is ModelError {
    return BatonError.is(error) && error.name === "ModelError";
  }
}

const LONGEST_PROVIDER_TEXT = 300;

/** A provider's message as one short printable line without keys; an HTML page becomes its title. */
export function providerText(raw: string, secrets: readonly string[] = []): string {
  const text = /^\s*<(?:!doctype|html|head|body)/i.test(raw) ? htmlSummary(raw) : raw;
  const line = withoutSecrets(text, secrets)
    // Control characters could move a reader's cursor or start another line of a log.
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  return line.length > LONGEST_PROVIDER_TEXT ? `${line.slice(0, LONGEST_PROVIDER_TEXT)}…` : line;
}

function htmlSummary(html: string): string {
  const title = /<title[^>]*>([^<]*)/i.exec(html)?.[1]?.trim() ?? "";
  return title === "" ? "an HTML page" : `an HTML page titled "${title}"`;
}
