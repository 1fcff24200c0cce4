import { resolve } from "node:path";

import { createBaton } from "batonjs";
import { scripted } from "batonjs/testing";
import { afterAll, expect, onTestFinished, test } from "vitest";

import { startProgram } from "../store/program.ts";
import { temporaryFolder } from "../support/baton.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { hanging, HUNG } from "./hanging.ts";

const database = await createTestDatabase();
afterAll(database.drop);

interface Hung {
  readonly how: "loop" | "timers";
  readonly folder: string;
  /** The address of the store; without it, it lies in the folder. */
  readonly url?: string;
}

test("F05b: a node that loops for ever, or whose process has no timers any more, loses its lease and its process at its deadline", async () => {
  const places: readonly Hung[] = [
    { how: "loop", folder: await temporaryFolder(), url: database.url },
    { how: "timers", folder: await temporaryFolder() },
  ];
  const program = resolve(import.meta.dirname, "programs/hang.ts");
  const hung = places.map(({ how, folder, url = "" }) => startProgram(program, [folder, how, url]));

  // Resolves for a process that SIGKILL ended; these end in no other way.
  await Promise.all(hung.map(async ({ ended }) => await ended));

  for (const { folder, url } of places) {
    const baton = await createBaton(
      { workflows: [hanging(async () => undefined)], model: scripted([]), prompts: [] },
      { folder, env: url === undefined ? {} : { DATABASE_URL: url } },
    );
    onTestFinished(async () => await baton.close());
    expect(await baton.run(HUNG.run)).toMatchObject({ status: "running", epoch: 1 });
    expect(await (await baton.resume(HUNG.run)).result()).toMatchObject({ status: "completed", state: { count: 1 } });
    expect(await baton.run(HUNG.run)).toMatchObject({ epoch: 2, crashes: 1 });
  }
}, 120_000);
