import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One thing that happened outside the store; written at once, so that what a kill leaves behind is the truth. */
export type LedgerEntry =
  | { readonly what: "accepted" | "ended"; readonly pid: number }
  | { readonly what: "entered"; readonly pid: number; readonly step: number; readonly task: string }
  | { readonly what: "left"; readonly pid: number; readonly step: number; readonly task: string }
  | {
      readonly what: "effect";
      readonly pid: number;
      readonly kind: "idempotent" | "once";
      readonly name: string;
      readonly key: string;
    };

type Unsigned<E> = E extends unknown ? Omit<E, "pid"> : never;

/** The ledger of the outside world: one file for each run, that no store knows. */
export interface Ledger {
  note(run: string, entry: Unsigned<LedgerEntry>): void;
  read(run: string): readonly LedgerEntry[];
}

export function ledgerIn(folder: string): Ledger {
  const file = (run: string): string => join(folder, `${run}.ledger`);
  return {
    note: (run, entry) => appendFileSync(file(run), `${JSON.stringify({ ...entry, pid: process.pid })}\n`),
    read(run) {
      if (!existsSync(file(run))) return [];
      const lines = readFileSync(file(run), "utf8").trim().split("\n");
      // Written by `note`.
      return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as LedgerEntry);
    },
  };
}
