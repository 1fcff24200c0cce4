import { BatonError } from "../../core/errors.ts";

/** Where a database is, without what must stay secret: for messages, never for connecting. */
export interface Address {
  readonly url: string;
  /** `PostgreSQL db.example.com:5432/app`. */
  readonly shown: string;
}

/** Reads a database URL. Throws `config-invalid`, without repeating the URL: it may hold a password. */
export function parseAddress(url: string): Address {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !["postgres:", "postgresql:"].includes(parsed.protocol)) {
    throw new BatonError("config-invalid", "The database URL is not a PostgreSQL URL.", {
      hint: "Write it as postgres://user:password@host:5432/database, with special characters percent-encoded.",
    });
  }
  const host = parsed.hostname || parsed.searchParams.get("host") || "localhost";
  return { url, shown: `PostgreSQL ${host}:${parsed.port || "5432"}${parsed.pathname}` };
}
