/** `batonjs/postgres`: a LangGraph checkpointer on PostgreSQL, for any graph, without the rest of Baton. */
export type { EncryptionOptions } from "./store/encryption-options.ts";
export { createPostgresSaver, type PostgresSaver, type PostgresSaverOptions } from "./store/postgres/open-saver.ts";
