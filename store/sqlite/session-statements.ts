import type { Connection, Statement } from "./connection.ts";

export interface SessionRow {
  readonly version: number;
  readonly fieldsVersion: number;
}

/** Every statement begins with tenant and namespace, but those that name a row found by them. */
export interface SessionStatements {
  readonly session: Statement<SessionRow>;
  readonly sessions: Statement<{ readonly namespace: string }>;
  readonly expired: Statement<{ readonly tenant: string; readonly namespace: string }>;
  readonly saveSession: Statement<object>;
  readonly drops: readonly Statement<object>[];
  readonly findOp: Statement<object>;
  readonly addOp: Statement<object>;
  readonly dropOldOps: Statement<object>;
  readonly items: Statement<{ readonly body: string }>;
  readonly allItems: Statement<{ readonly seq: number; readonly body: string }>;
  readonly sizes: Statement<{ readonly seq: number; readonly tokens: number }>;
  readonly addItem: Statement<object>;
  readonly evict: Statement<{ readonly body: string }>;
  readonly dropEvicted: Statement<object>;
  readonly dropItem: Statement<object>;
  readonly fields: Statement<{ readonly name: string; readonly body: string }>;
  readonly setField: Statement<object>;
  readonly dropField: Statement<object>;
  readonly fence: Statement<{ readonly epoch: number }>;
  readonly setFence: Statement<object>;
}

const TABLES = [
  "memory_session_items",
  "memory_session_ops",
  "memory_session_fields",
  "memory_session_fences",
  "memory_sessions",
];

export function sessionStatements(connection: Connection): SessionStatements {
  const statement = <Row extends object>(sql: string): Statement<Row> => connection.statement<Row>(sql);
  return {
    session: statement(
      `select version, fields_version as "fieldsVersion" from memory_sessions
       where tenant = ? and namespace = ? and expires_at > ?`,
    ),
    sessions: statement("select namespace from memory_sessions where tenant = ? order by namespace"),
    expired: statement("select tenant, namespace from memory_sessions where expires_at <= ? limit ?"),
    saveSession: statement(
      `insert or replace into memory_sessions (tenant, namespace, version, fields_version, expires_at)
       values (?, ?, ?, ?, ?)`,
    ),
    drops: TABLES.map((table) => statement(`delete from ${table} where tenant = ? and namespace = ?`)),
    findOp: statement("select 1 from memory_session_ops where tenant = ? and namespace = ? and op = ?"),
    addOp: statement("insert into memory_session_ops (tenant, namespace, op) values (?, ?, ?)"),
    dropOldOps: statement(
      `delete from memory_session_ops where tenant = ? and namespace = ? and seq <= (
         select seq from memory_session_ops where tenant = ? and namespace = ? order by seq desc limit 1 offset ?)`,
    ),
    items: statement(
      "select body from memory_session_items where tenant = ? and namespace = ? and evicted = ? order by seq",
    ),
    allItems: statement("select seq, body from memory_session_items where tenant = ? and namespace = ? order by seq"),
    sizes: statement(
      "select seq, tokens from memory_session_items where tenant = ? and namespace = ? and evicted = 0 order by seq",
    ),
    addItem: statement(
      `insert into memory_session_items (tenant, namespace, id, tokens, body) values (?, ?, ?, ?, ?)
       on conflict (tenant, namespace, id) where evicted = 0 do nothing`,
    ),
    evict: statement("update memory_session_items set evicted = 1 where seq = ? returning body"),
    dropEvicted: statement(
      "delete from memory_session_items where tenant = ? and namespace = ? and id = ? and evicted = 1",
    ),
    dropItem: statement("delete from memory_session_items where seq = ?"),
    fields: statement("select name, body from memory_session_fields where tenant = ? and namespace = ? order by name"),
    setField: statement(
      "insert or replace into memory_session_fields (tenant, namespace, name, body) values (?, ?, ?, ?)",
    ),
    dropField: statement("delete from memory_session_fields where tenant = ? and namespace = ? and name = ?"),
    fence: statement("select epoch from memory_session_fences where tenant = ? and namespace = ? and run = ?"),
    setFence: statement(
      "insert or replace into memory_session_fences (tenant, namespace, run, epoch) values (?, ?, ?, ?)",
    ),
  };
}
