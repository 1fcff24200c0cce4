import { expect, onTestFinished, test } from "vitest";

import { systemClock, type Clock } from "../../core/clock.ts";
import { DEFAULT_TENANT } from "../../core/ids.ts";
import type { MemoryScope } from "../../memory/item.ts";
import { meaning } from "../../memory/meaning.ts";
import { sessionLayer } from "../../memory/session.ts";
import { vectorLayer } from "../../memory/vector.ts";
import { openConnection, type Connection } from "../../store/sqlite/connection.ts";
import { sqliteVectors } from "../../store/sqlite/exact-index.ts";
import { sqliteSessions } from "../../store/sqlite/session.ts";
import { sqliteItems } from "../../store/sqlite/vectors.ts";
import { hashEmbed } from "../../testing/hash-embed.ts";
import { memoryItem, memorySuite, type OpenedLayer } from "../../testing/memory-suite.ts";
import { vectorIndexSuite } from "../../testing/vector-index-suite.ts";
import { sessionSuite } from "../../testing/session-suite.ts";
import type { MemoryLayer } from "../../memory/layer.ts";
import { makeFolder, removeFolder, temporaryFolder } from "./temporary-folder.ts";

memorySuite("vector layer on SQLite", () => opened((connection) => vectorLayer(sqliteItems(connection))));
memorySuite(
  "vector layer on SQLite, with vectors",
  () =>
    opened((connection) => {
      const table = sqliteItems(connection);
      return vectorLayer(table, {
        meaning: meaning({ table, index: sqliteVectors(connection), embed: hashEmbed() }),
      });
    }),
  { operations: 1_000 },
);
vectorIndexSuite("vectors on SQLite", async () => {
  const folder = makeFolder();
  const connection = await openConnection({ folder });
  return {
    ...sqliteVectors(connection),
    async close() {
      await connection.close();
      removeFolder(folder);
    },
  };
});
memorySuite("session layer on SQLite", () => opened((connection) => sessionLayer(sqliteSessions(connection))));

sessionSuite("session layer on SQLite", async (clock) => {
  const folder = makeFolder();
  const connection = await openConnection({ folder, clock });
  return {
    layer: (options) => sessionLayer(sqliteSessions(connection), options),
    leftovers: async () => await countRows(connection),
    async close() {
      await connection.close();
      removeFolder(folder);
    },
  };
});

async function opened(make: (connection: Connection) => MemoryLayer, clock: Clock = systemClock): Promise<OpenedLayer> {
  const folder = makeFolder();
  const connection = await openConnection({ folder, clock });
  return {
    layer: make(connection),
    async close() {
      await connection.close();
      removeFolder(folder);
    },
  };
}

async function countRows(connection: Connection): Promise<number> {
  const tables = ["memory_sessions", "memory_session_items", "memory_session_ops", "memory_session_fields"];
  const counts = await connection.read(() =>
    tables.map(
      (table) =>
        connection.statement<{ readonly rows: number }>(`select count(*) as rows from ${table}`).get()?.rows ?? 0,
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

const SCOPE: MemoryScope = { tenant: DEFAULT_TENANT, namespace: "docs" };

async function connected(folder: string): Promise<Connection> {
  const connection = await openConnection({ folder });
  onTestFinished(async () => await connection.close());
  return connection;
}

test("an index that was made takes in what another connection stores later", async () => {
  const folder = temporaryFolder();
  const here = vectorLayer(sqliteItems(await connected(folder)));
  const there = vectorLayer(sqliteItems(await connected(folder)));
  await here.remember(SCOPE, [memoryItem({ text: "Walnuts are nuts." })]);
  expect(await here.recall({ scope: SCOPE, text: "walnuts", limit: 5 })).toHaveLength(1);
  await there.remember(SCOPE, [memoryItem({ text: "Walnuts grow on trees." })]);
  expect(await here.recall({ scope: SCOPE, text: "walnuts", limit: 5 })).toHaveLength(2);
});

test("a small namespace among many large ones is recalled in full", async () => {
  const layer = vectorLayer(sqliteItems(await connected(temporaryFolder())));
  for (let other = 0; other < 20; other += 1) {
    const items = Array.from({ length: 100 }, (_, order) =>
      memoryItem({ text: `Walnut ${order} of crowd ${other}.`, order }),
    );
    await layer.remember({ ...SCOPE, namespace: `crowd-${other}` }, items);
  }
  const own = ["Walnuts are harvested in autumn.", "A walnut tree lives long.", "Walnut oil is dear."];
  await layer.remember(
    SCOPE,
    own.map((text, order) => memoryItem({ text, order })),
  );
  const recalled = await layer.recall({ scope: SCOPE, text: "walnut", limit: 3 });
  expect(recalled.map(({ text }) => text).toSorted()).toEqual(own.toSorted());
});

test("more items than one page are all indexed", async () => {
  const layer = vectorLayer(sqliteItems(await connected(temporaryFolder())));
  await layer.remember(
    SCOPE,
    Array.from({ length: 4_500 }, (_, order) => memoryItem({ text: `Entry number${order}.`, order })),
  );
  expect(await layer.recall({ scope: SCOPE, text: "number4499", limit: 1 })).toMatchObject([
    { text: "Entry number4499." },
  ]);
});

test("indexes over the limit are forgotten and made again when they are needed", async () => {
  const layer = vectorLayer(sqliteItems(await connected(temporaryFolder())), { maxIndexedItems: 1 });
  for (const namespace of ["a", "b", "a", "b"]) {
    const scope = { ...SCOPE, namespace };
    await layer.remember(scope, [memoryItem({ text: `Walnuts of ${namespace}.` })]);
    expect(await layer.recall({ scope, text: "walnuts", limit: 5 })).toMatchObject([
      { text: `Walnuts of ${namespace}.` },
    ]);
  }
});

test("recalls at the same time see every item once", async () => {
  const layer = vectorLayer(sqliteItems(await connected(temporaryFolder())));
  await layer.remember(
    SCOPE,
    Array.from({ length: 50 }, (_, order) => memoryItem({ text: `Walnut ${order}.`, order })),
  );
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => layer.recall({ scope: SCOPE, text: "walnut", limit: 100 })),
  );
  expect(answers.map((items) => new Set(items.map(({ id }) => id)).size)).toEqual(Array.from({ length: 10 }, () => 50));
});
