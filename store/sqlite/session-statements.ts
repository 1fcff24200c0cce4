import type { Connection, Statement } from "./connection.ts";

/** Every statement begins with tenant and namespace, but those that name a row found by them. */
export interface SessionStatements {
  readonly session: Statement<{ readonly version: number }>;
  readonly expired: Statement<{ readonly tenant: string; readonly namespace: string }>;
  readonly addSession: Statement<object>;
  readonly dropSession: Statement<object>;
  readonly findOp: Statement<object>;
  readonly addOp: Statement<object>;
  readonly dropOldOps: Statement<object>;
  readonly dropOps: Statement<object>;
  readonly items: Statement<{ readonly body: string }>;
  readonly sizes: Statement<{ readonly seq: number; readonly tokens: number }>;
  readonly addItem: Statement<object>;
  readonly evict: Statement<{ readonly body: string }>;
  readonly dropEvicted: Statement<object>;
  readonly dropItems: Statement<object>;
}

export function sessionStatements(connection: Connection): SessionStatements {
  const statement = <Row extends object>(sql: string): Statement<Row> => connection.statement<Row>(sql);
  return {
    session: statement("select version from memory_sessions where tenant = ? and namespace = ? and expires_at > ?"),
    expired: statement("select tenant, namespace from memory_sessions where expires_at <= ? limit ?"),
    addSession: statement(
      "insert or replace into memory_sessions (tenant, namespace, version, expires_at) values (?, ?, ?, ?)",
    ),
    dropSession: statement("delete from memory_sessions where tenant = ? and namespace = ?"),
    findOp: statement("select 1 from memory_session_ops where tenant = ? and namespace = ? and op = ?"),
    addOp: statement("insert into memory_session_ops (tenant, namespace, op) values (?, ?, ?)"),
    dropOldOps: statement(
      `delete from memory_session_ops where tenant = ? and namespace = ? and seq <= (
         select seq from memory_session_ops where tenant = ? and namespace = ? order by seq desc limit 1 offset ?)`,
    ),
    dropOps: statement("delete from memory_session_ops where tenant = ? and namespace = ?"),
    items: statement(
      "select body from memory_session_items where tenant = ? and namespace = ? and evicted = ? order by seq",
    ),
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
    dropItems: statement("delete from memory_session_items where tenant = ? and namespace = ?"),
  };
}
