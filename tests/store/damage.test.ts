import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";

import { openStore, type StoreOptions } from "../../store/connect.ts";
import { migrate } from "../../store/sqlite/migrate.ts";
import type { SqliteStore } from "../../store/sqlite/store.ts";
import { claimedRun, newRun } from "../../testing/opened-store.ts";
import { startProgram } from "./program.ts";
import { temporaryFolder } from "./temporary-folder.ts";

async function openIn(folder: string, options: Partial<StoreOptions> = {}): Promise<SqliteStore> {
  const store = await openStore({ folder, ...options });
  onTestFinished(async () => await store.close());
  return store;
}

/** The database file of a folder in which some runs are stored. */
async function storedFile(folder: string, runs = 1): Promise<string> {
  const store = await openStore({ folder });
  await Promise.all(Array.from({ length: runs }, async () => await store.runs.create(newRun(), [])));
  await store.close();
  return join(folder, "baton.db");
}

function contentsOf(folder: string): unknown {
  return readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]);
}

function errorOf(code: string, file: string) {
  return { code, message: expect.stringContaining(`\`${file}\``), hint: expect.stringMatching(/\w/u) };
}

describe("a file that cannot be used", () => {
  test.each([
    ["text", () => Buffer.from("these are my notes\n".repeat(500))],
    ["random bytes", () => Buffer.from(Array.from({ length: 8_192 }, (_, index) => (index * 31) % 251))],
    [
      "a database with a broken head",
      (whole: Buffer) => Buffer.concat([Buffer.from("SQLite format 4\u0000"), whole.subarray(16)]),
    ],
    ["a database cut off in its first page", (whole: Buffer) => whole.subarray(0, 700)],
  ])("is refused and left as it was: %s", async (_, damage) => {
    const folder = temporaryFolder();
    const file = await storedFile(folder);
    writeFileSync(file, damage(readFileSync(file)));
    const before = contentsOf(folder);
    await expect(openStore({ folder })).rejects.toMatchObject(errorOf("database-corrupt", file));
    expect(contentsOf(folder)).toEqual(before);
  });

  test("a damaged page is named when it is read", async () => {
    const folder = temporaryFolder();
    const file = await storedFile(folder, 300);
    const bytes = readFileSync(file);
    // The schema lies in the first pages.
    bytes.fill(0xff, Math.floor(bytes.length / 2));
    writeFileSync(file, bytes);
    const store = await openIn(folder);
    await expect(store.runs.list({ limit: 300 })).rejects.toMatchObject(errorOf("database-corrupt", file));
  });

  test("the database of another program is refused and left as it was", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "baton.db");
    const other = new DatabaseSync(file);
    other.exec("create table songs (title text)");
    other.close();
    const before = contentsOf(folder);
    await expect(openStore({ folder })).rejects.toMatchObject(errorOf("database-corrupt", file));
    expect(contentsOf(folder)).toEqual(before);
  });

  test("a schema of a later Baton is refused and left as it was", async () => {
    const folder = temporaryFolder();
    const file = await storedFile(folder);
    const later = new DatabaseSync(file);
    later.exec("pragma user_version = 999");
    later.close();
    const before = contentsOf(folder);
    await expect(openStore({ folder })).rejects.toMatchObject({
      code: "store-schema-newer",
      message: expect.stringContaining("999"),
    });
    expect(contentsOf(folder)).toEqual(before);
  });

  test("an empty file is a new store", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "baton.db"), "");
    const store = await openIn(folder);
    expect(await store.runs.list({})).toEqual([]);
  });
});

describe("a folder that cannot be used", () => {
  test("a missing folder is made, with those above it", async () => {
    const folder = join(temporaryFolder(), "a", "b ä", ".baton");
    const store = await openIn(folder);
    await store.probe();
    expect(existsSync(join(folder, "baton.db"))).toBe(true);
  });

  test("a file in its place is named", async () => {
    const folder = join(temporaryFolder(), ".baton");
    writeFileSync(folder, "");
    await expect(openStore({ folder })).rejects.toMatchObject(errorOf("baton-folder-unusable", folder));
  });

  test.runIf(process.platform !== "win32").each([
    ["a folder above that is read-only", (folder: string) => chmodSync(folder, 0o555), ".baton"],
    ["a read-only folder", (folder: string) => chmodSync(mkdir(folder), 0o555), ".baton/baton.db"],
    ["a read-only file", (folder: string) => chmodSync(join(folder, ".baton/baton.db"), 0o444), ".baton/baton.db"],
  ])("%s is named, and its contents stay", async (title, protect, named) => {
    const above = temporaryFolder();
    const folder = join(above, ".baton");
    if (title === "a read-only file") chmodSync(await storedFile(folder), 0o644);
    protect(above);
    const before = existsSync(folder) ? contentsOf(folder) : undefined;
    // Root may write everywhere: there the store is opened as the user "nobody".
    if (process.getuid?.() === 0) chmodSync(above, title === "a folder above that is read-only" ? 0o555 : 0o777);
    const user = process.getuid?.() === 0 ? ["65534"] : [];
    const told = JSON.parse(await startProgram("open.ts", [folder, ...user]).ended);
    expect(told).toEqual(errorOf("baton-folder-unusable", join(above, named)));
    expect(existsSync(folder) ? contentsOf(folder) : undefined).toEqual(before);
  });
});

function mkdir(folder: string): string {
  mkdirSync(join(folder, ".baton"));
  return join(folder, ".baton");
}

describe("a database that another process has locked", () => {
  function lock(folder: string): DatabaseSync {
    const other = new DatabaseSync(join(folder, "baton.db"));
    onTestFinished(() => other.close());
    other.exec("begin immediate");
    return other;
  }

  test("a write fails with `database-busy` at its deadline, and other work goes on meanwhile", async () => {
    const folder = temporaryFolder();
    const store = await openIn(folder, { busyMs: 300 });
    lock(folder);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const started = performance.now();
    await expect(store.runs.create(newRun(), [])).rejects.toMatchObject(
      errorOf("database-busy", join(folder, "baton.db")),
    );
    clearInterval(timer);
    expect(performance.now() - started).toBeGreaterThan(290);
    // A connection that waits inside SQLite would leave none.
    expect(turns).toBeGreaterThan(8);
    expect(await store.runs.list({})).toEqual([]);
  });

  test("a write waits for the lock and is stored", async () => {
    const folder = temporaryFolder();
    const store = await openIn(folder);
    const other = lock(folder);
    const creating = store.runs.create(newRun(), []);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await store.runs.list({})).toEqual([]);
    other.exec("rollback");
    const created = await creating;
    expect(await store.runs.list({})).toEqual([created]);
  });

  test("a schema that appears while this process waits for the lock is not set up again", () => {
    const file = join(temporaryFolder(), "baton.db");
    const [slow, fast] = [new DatabaseSync(file), new DatabaseSync(file)];
    const run = slow.exec.bind(slow);
    slow.exec = (sql) => {
      if (sql === "begin immediate") migrate(fast, file);
      run(sql);
    };
    migrate(slow, file);
    expect(slow.prepare("pragma integrity_check").get()).toEqual({ integrity_check: "ok" });
    slow.close();
    fast.close();
  });

  test("opening waits for the lock of a process that sets the file up", async () => {
    const folder = temporaryFolder();
    const other = lock(folder);
    const opening = openIn(folder);
    await new Promise((resolve) => setTimeout(resolve, 100));
    other.exec("rollback");
    await (await opening).probe();
  });
});

describe("a full disk", () => {
  const TEXT = "x".repeat(40_000);

  async function fill(store: SqliteStore): Promise<number> {
    const { fence } = await claimedRun(store);
    for (let stored = 0; stored < 10_000; stored += 1) {
      try {
        await store.effects.record(fence, {
          key: `${stored}`,
          kind: "call",
          name: "fill",
          status: "done",
          value: TEXT,
        });
      } catch (error) {
        expect(error).toMatchObject({ code: "database-full" });
        expect(await store.effects.list(fence.run)).toHaveLength(stored);
        return stored;
      }
    }
    throw new Error("The disk never filled up.");
  }

  test("keeps what was stored and goes on once there is room", async () => {
    const store = await openIn(temporaryFolder());
    await limitPages(store, 500);
    expect(await fill(store)).toBeGreaterThan(10);
    await limitPages(store, 1_000_000);
    expect(await store.runs.create(newRun(), [])).toMatchObject({ status: "queued" });
  });

  test("a real one, where this machine lets a test make it, gives the same error", async () => {
    const folder = temporaryFolder();
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder]).status === 0;
    // Not root: the limit of SQLite itself stands in, as in the test above.
    if (mounted) onTestFinished(() => void spawnSync("umount", ["-l", folder]));
    const store = await openStore({ folder });
    if (!mounted) await limitPages(store, 500);
    expect(await fill(store)).toBeGreaterThan(10);
    await store.close();
    if (!mounted) return;
    writeFileSync(join(folder, "rest"), "");
    const reopened = await openIn(folder);
    expect(await reopened.runs.list({})).toHaveLength(1);
  });

  async function limitPages(store: SqliteStore, pages: number): Promise<void> {
    await store.connection.write(() => store.connection.statement(`pragma max_page_count = ${pages}`).get());
  }
});

test("the store opens without a warning", async () => {
  const folder = temporaryFolder();
  const { stderr, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, "programs/open.ts"), folder], {
    encoding: "utf8",
  });
  expect(stdout).toBe("opened");
  expect(stderr).not.toContain("SQLite");
});
