import { ERROR_EXIT_CODES, type ErrorCode } from "./error-codes.ts";

const BATON_ERROR = Symbol.for("batonjs.error");

export interface BatonErrorOptions {
  /** What the reader should do next: one sentence or a command. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An error that says what failed, which one, and what to do next; `code` names its page in `docs/errors/`. */
export class BatonError extends Error {
  override readonly name: string = "BatonError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly [BATON_ERROR] = true;

  constructor(code: ErrorCode, message: string, options: BatonErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.hint = options.hint;
  }

  /** The exit code with which the command line reports this error. */
  get exitCode(): number {
    return ERROR_EXIT_CODES[this.code];
  }

  /** Recognises a Baton error also when it was made by another copy of the package. */
  static is(error: unknown): error is BatonError {
    return typeof error === "object" && error !== null && BATON_ERROR in error;
  }
}

/** Thrown by user code to stop all retries: the run fails at once and stays resumable. */
export class FatalError extends BatonError {
  override readonly name: string = "FatalError";

  constructor(message: string, options: BatonErrorOptions = {}) {
    super("node-failed", message, options);
  }
}

export interface ParkOptions extends BatonErrorOptions {
  /** When the run is to go on by itself, in milliseconds since the epoch. @default only when somebody resumes it */
  readonly nextAt?: number;
}

/**
 * Thrown by a node, a tool or a service of an agent when something the run needs is not there (a budget, a quota, a machine that is closed at
 * night): the run is parked at its last checkpoint instead of failed, whatever the node's retry policy says. `reason` is what people read.
 */
export class ParkRequest extends BatonError {
  override readonly name: string = "ParkRequest";
  readonly reason: string;
  readonly nextAt: number | undefined;

  constructor(reason: string, options: ParkOptions = {}) {
    super("run-parked", reason, options);
    this.reason = reason;
    this.nextAt = options.nextAt;
  }

  /** Recognises a request also when it was made by another copy of the package. */
  static override is(error: unknown): error is ParkRequest {
    return BatonError.is(error) && error.code === "run-parked" && "reason" in error;
  }
}

/** An error as plain data: what is stored with a run and crosses a process. */
export interface SerializedError {
  readonly name: string;
  readonly message: string;
  readonly code?: ErrorCode;
  readonly hint?: string;
  readonly stack?: string;
  /** What a model answered that could not be used: without secrets, at most 64 KB. */
  readonly raw?: string;
  readonly cause?: SerializedError;
}

const DEEPEST_CAUSE = 5;

/** Turns whatever was thrown into plain data; causes are kept up to five levels deep. */
export function serializeError(error: unknown, depth = 0): SerializedError {
  if (!(error instanceof Error)) return { name: "NonError", message: String(error) };
  return {
    name: error.name,
    message: error.message,
    ...(BatonError.is(error) ? { code: error.code } : {}),
    ...(BatonError.is(error) && error.hint !== undefined ? { hint: error.hint } : {}),
    ...("raw" in error && typeof error.raw === "string" ? { raw: error.raw } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined || depth >= DEEPEST_CAUSE ? {} : { cause: serializeError(error.cause, depth + 1) }),
  };
}
