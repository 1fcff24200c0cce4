import { BatonError } from "./errors.ts";

declare const BRAND: unique symbol;
type Branded<Name extends string> = string & { readonly [BRAND]: Name };

export type RunId = Branded<"RunId">;
export type ThreadId = Branded<"ThreadId">;
export type SessionId = Branded<"SessionId">;
export type TenantId = Branded<"TenantId">;

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/u;

// The brands are given by these parsers and by `newRunId`, nowhere else.

/** Reads a run id; throws `bad-usage` when the text cannot be one. */
export const parseRunId = (text: string): RunId => checked("run id", text) as RunId;
/** Reads a thread id; throws `bad-usage` when the text cannot be one. */
export const parseThreadId = (text: string): ThreadId => checked("thread id", text) as ThreadId;
/** Reads a session id; throws `bad-usage` when the text cannot be one. */
export const parseSessionId = (text: string): SessionId => checked("session id", text) as SessionId;
/** Reads a tenant id; throws `bad-usage` when the text cannot be one. */
export const parseTenantId = (text: string): TenantId => checked("tenant id", text) as TenantId;

/** The tenant of everything that names none. */
export const DEFAULT_TENANT = parseTenantId("default");

function checked(what: string, text: string): string {
  if (ID.test(text)) return text;
  throw new BatonError("bad-usage", `Expected a ${what}, got \`${text.slice(0, 80)}\`.`, {
    hint: "Use 1 to 128 letters, digits, dots, dashes and underscores, starting with a letter or digit.",
  });
}
