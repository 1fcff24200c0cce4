import { START, StateGraph, StateSchema } from "@langchain/langgraph";
import { type Migration, workflow } from "batonjs";
import { describe, expect, it, test } from "vitest";
import { z } from "zod";

import { migrateState, migrationPath, type MigrationStep, renamedNodes } from "../../graph/migration.ts";

const [A, B, C] = ["a", "b", "c"].map((letter) => letter.repeat(64)) as [string, string, string];
const short = (fingerprint: string) => fingerprint.slice(0, 12);

const AB: Migration = { from: short(A), to: short(B), nodes: { write: "author" } };
const BC: Migration = {
  from: B,
  to: C,
  up: ({ name, ...state }) => ({ ...state, title: name }),
  down: ({ title, ...state }) => ({ ...state, name: title }),
};

const ways = (path: readonly MigrationStep[] | undefined) =>
  path?.map(({ direction, to }) => `${direction} to ${to[0]}`);

describe("the way between two versions", () => {
  test.each([
    ["up over several migrations", A, C, ["up to b", "up to c"]],
    ["down again", C, A, ["down to b", "down to a"]],
    ["none where nothing changed", A, A, []],
    ["unknown to a version that no migration names", A, "d".repeat(64), undefined],
  ])("is %s", (_title, from, to, expected) => {
    expect(ways(migrationPath([BC, AB], from, to))).toEqual(expected);
  });

  it("does not lead down over a migration that cannot be undone", () => {
    const { down: _down, ...irreversible } = BC;
    expect(migrationPath([AB, irreversible], C, A)).toBeUndefined();
    expect(ways(migrationPath([AB, irreversible], A, C))).toEqual(["up to b", "up to c"]);
  });
});

it("changes the state and the names of nodes up and down", () => {
  const [up, further] = migrationPath([AB, BC], A, C) ?? [];
  const [down, back] = migrationPath([AB, BC], C, A) ?? [];
  if (!up || !further || !down || !back) throw new Error("There is a way.");
  expect([...renamedNodes(up), ...renamedNodes(back)]).toEqual([
    ["write", "author"],
    ["author", "write"],
  ]);
  const state = migrateState(migrateState({ name: "Owls", kept: 1 }, up), further);
  expect(state).toEqual({ title: "Owls", kept: 1 });
  expect(migrateState(state, down)).toEqual({ name: "Owls", kept: 1 });
});

test.each([
  [
    "throws",
    () => {
      throw new Error("no such field");
    },
    "its `up` threw: no such field",
  ],
  ["returns nothing", () => undefined, "its `up` returned no state"],
  ["returns a promise", async () => ({}), "its `up` returned no state"],
])("names a migration whose function %s", (_title, up, why) => {
  const migration = { from: A, to: B, up: up as unknown as NonNullable<Migration["up"]> };
  expect(() => migrateState({}, { migration, direction: "up", from: A, to: B })).toThrow(
    `The migration from \`${short(A)}\` to \`${short(B)}\` failed: ${why}.`,
  );
});

test.each([
  ["a version number", "v1", B],
  ["the same version twice", A, short(A)],
])("refuses %s in a migration", (_title, from, to) => {
  const graph = new StateGraph(new StateSchema({ topic: z.string() }))
    .addNode("a", async () => ({}))
    .addEdge(START, "a");
  expect(() => workflow({ id: "w", graph, migrations: [{ from, to }] })).toThrow(
    expect.objectContaining({ code: "workflow-invalid" }),
  );
});
