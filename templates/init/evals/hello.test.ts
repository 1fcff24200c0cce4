import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { createBaton, offline } from "batonjs";

import config from "../baton.config.ts";

const TEXT = "Otters hold hands while they sleep. They do so to stay together. A group of otters is called a raft.";

test("answers with what the text says", async () => {
  // A folder of its own, so that a test leaves nothing among your runs; the offline model, so that it costs nothing.
  const folder = await mkdtemp(join(tmpdir(), "hello-"));
  const prompts = join(import.meta.dirname, "..", "prompts");
  const baton = await createBaton({ ...config, model: offline(), prompts }, { folder });
  try {
    const run = await baton.start("hello", { text: TEXT });
    const { status, state, steps } = await run.result();
    assert.equal(status, "completed");
    assert.deepEqual(
      steps.map(({ node }) => node),
      ["reader", "writer"],
    );
    assert.match(JSON.stringify(state["answer"]), /otters/iu);
  } finally {
    await baton.close();
    await rm(folder, { recursive: true });
  }
});
