import { DatabaseSync, StatementSync } from "node:sqlite";

import pg from "pg";

let before: (() => void) | undefined;
let isWatching = false;

/** Calls the hook before every statement of this thread that is no rollback: a connection that is gone is rolled back by its server. */
export function beforeEveryStatement(hook: (() => void) | undefined): void {
  if (!isWatching) {
    wrap(pg.Client.prototype, ["query"]);
    wrap(DatabaseSync.prototype, ["exec"]);
    wrap(StatementSync.prototype, ["get", "all", "run", "iterate"]);
  }
  isWatching = true;
  before = hook;
}

function wrap(prototype: object, names: readonly string[]): void {
  for (const name of names) {
    const original: unknown = Reflect.get(prototype, name);
    if (typeof original !== "function") throw new Error(`There is no ${name}.`);
    Object.assign(prototype, {
      [name](this: unknown, ...args: unknown[]): unknown {
        if (!isRollback(args[0])) before?.();
        return Reflect.apply(original, this, args);
      },
    });
  }
}

function isRollback(statement: unknown): boolean {
  return typeof statement === "string" && statement.toLowerCase() === "rollback";
}
