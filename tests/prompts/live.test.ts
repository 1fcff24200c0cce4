import { execFileSync } from "node:child_process";
import { closeSync, openSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, onTestFinished, test, vi } from "vitest";

import { BUNDLE_FILE, promptPlaces } from "../../config.ts";
import { makeBundle } from "../../prompts/bundle-make.ts";
import { type LivePrompts, watchedPrompts } from "../../prompts/live.ts";
import type { ProjectPrompts } from "../../prompts/project.ts";
import { folderOf, writeFiles } from "./prompt-folder.ts";

async function watched(folder: string): Promise<LivePrompts> {
  const live = await watchedPrompts(promptPlaces({ workflows: [] }, folder, {}));
  onTestFinished(() => live[Symbol.dispose]());
  return live;
}

function textOf({ library }: ProjectPrompts): string | undefined {
  return library.pin("a").files[0]?.text;
}

const soon = { timeout: 30_000, interval: 20 };

describe("prompts that are watched", () => {
  test("are new for whoever asks after a change, and stay as they are for whoever has them", async () => {
    const folder = folderOf({ "prompts/a.prompt": "A1" });
    const live = await watched(folder);
    const first = await live.current();
    writeFiles(folder, { "prompts/a.prompt": "A2" });
    await vi.waitFor(async () => expect(textOf(await live.current())).toBe("A2"), soon);
    expect([textOf(first), textOf(live.latest)]).toEqual(["A1", "A2"]);
    writeFiles(folder, { "prompts/new/a.prompt": "A", "prompts/a.prompt": "{{broken" });
    await vi.waitFor(async () => expect((await live.current()).library.names()).toEqual(["a", "new/a"]), soon);
    await vi.waitFor(
      async () => expect(async () => textOf(await live.current())).rejects.toThrow("cannot be read"),
      soon,
    );
    writeFiles(folder, { "prompts/a.prompt": "A3" });
    await vi.waitFor(async () => expect(textOf(await live.current())).toBe("A3"), soon);
  });

  test("come from a bundle as it is now, also where there is no folder, and an older reading never replaces a newer one", async () => {
    const folder = folderOf({ [BUNDLE_FILE]: await bundleWith("B1") });
    const bundle = join(folder, BUNDLE_FILE);
    const live = await watched(folder);
    expect(textOf(live.latest)).toBe("B1");
    // A reading of this pipe ends when the test lets it.
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const end = openSync(pipe, "r+");
    renameSync(pipe, bundle);
    let older: Promise<ProjectPrompts> = live.current();
    await vi.waitFor(async () => {
      older = live.current();
      expect(await isWaiting(older)).toBe(true);
    }, soon);
    writeFileSync(join(folder, "next"), await bundleWith("B3"));
    renameSync(join(folder, "next"), bundle);
    await vi.waitFor(async () => {
      const newer = live.current();
      expect(await isWaiting(newer)).toBe(false);
      expect(textOf(await newer)).toBe("B3");
    }, soon);
    writeSync(end, await bundleWith("B2"));
    closeSync(end);
    expect(textOf(await older)).toBe("B2");
    expect(textOf(live.latest)).toBe("B3");
  });

  test("are an error where there is neither a folder nor a bundle", async () => {
    await expect(watched(folderOf({}))).rejects.toMatchObject({ code: "config-invalid" });
  });
});

async function isWaiting(reading: Promise<unknown>): Promise<boolean> {
  const waiting = Symbol("waiting");
  return (await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, 300, waiting))])) === waiting;
}

async function bundleWith(text: string): Promise<string> {
  const roots = [{ path: folderOf({ "a.prompt": text }), shown: "prompts" }];
  return JSON.stringify((await makeBundle({ roots, revision: undefined })).bundle);
}
