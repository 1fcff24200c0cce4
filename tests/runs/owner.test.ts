import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";

import { newOwner, ownerIsGone } from "../../runs/owner.ts";

/** The owner text of this process with other parts. A start of 0 stands for a system that does not say when a process started. */
function ownerWith(changes: { readonly host?: string; readonly pid?: number; readonly start?: number }): string {
  const [host, pid, start, random] = newOwner().split("/");
  return [changes.host ?? host, changes.pid ?? pid, changes.start ?? start, random].join("/");
}

test("two owners in one process are two", () => {
  expect(newOwner()).not.toBe(newOwner());
});

test("this process is not gone", () => {
  expect(ownerIsGone(newOwner())).toBe(false);
});

test("a process that has ended is gone", async () => {
  const child = spawn(process.execPath, ["-e", "0"]);
  await once(child, "close");
  expect(ownerIsGone(ownerWith({ pid: child.pid ?? 0 }))).toBe(true);
});

test.each(["elsewhere/1/1/a", "", "someone", "a/b/c/d"])(
  "an owner of which nothing is known is not gone: %s",
  (owner) => {
    expect(ownerIsGone(owner)).toBe(false);
  },
);

test("a process number on another machine says nothing here", () => {
  expect(ownerIsGone(ownerWith({ host: "elsewhere", pid: 2 ** 30 }))).toBe(false);
});

test.runIf(process.platform === "linux")(
  "a younger process with the same number does not keep its predecessor alive",
  () => {
    expect(ownerIsGone(ownerWith({ start: 1 }))).toBe(true);
  },
);

test.runIf(process.platform === "linux")("a killed process that its parent has not collected is gone", async () => {
  // A shell that leaves its child behind uncollected: `exec` keeps the shell's number and never waits.
  const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"]);
  onTestFinished(() => void parent.kill("SIGKILL"));
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const owner = ownerWith({ pid: Number(line.toString()), start: 0 });
  await expect.poll(() => ownerIsGone(owner), { timeout: 5_000 }).toBe(true);
});
