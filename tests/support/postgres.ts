import { randomBytes } from "node:crypto";

import { inject } from "vitest";

import { databaseUrl, onServer } from "./template.ts";

/** A database of one test file, on a real PostgreSQL. */
export type TestDatabase = { readonly url: string; readonly name: string; drop(): Promise<void> };

/**
 * Copies this run's template to a database of its own, usually once per test file:
 * `const database = await createTestDatabase(); afterAll(database.drop);`
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { postgres, template } = inject("servers");
  const name = `${template}_${randomBytes(4).toString("hex")}`;
  await onServer(postgres, (client) => client.query(`create database ${name} template ${template}`));
  return {
    url: databaseUrl(postgres, name),
    name,
    async drop() {
      await onServer(postgres, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}
