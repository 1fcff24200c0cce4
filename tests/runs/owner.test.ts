import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";

import { newOwner, ownerIsGone } from "../../runs/owner.ts";

/** The owner text of this process, as that of another one on this machine. */
function ownerWith(part: "host" | "pid" | "start", value: string | number): string {
  const parts = newOwner().split("/");
  parts[["host", "pid", "start"].indexOf(part)] = String(value);
  return parts.join("/");
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
  expect(ownerIsGone(ownerWith("pid", child.pid ?? 0))).toBe(true);
});

test.each(["elsewhere/1/1/a", "", "someone", "a/b/c/d"])(
  "an owner of which nothing is known is not gone: %s",
  (owner) => {
    expect(ownerIsGone(owner)).toBe(false);
  },
);

test("a process number on another machine says nothing here", () => {
  expect(ownerIsGone(ownerWith("host", "elsewhere").replace(/\/\d+\//u, `/${2 ** 30}/`))).toBe(false);
});

test.runIf(process.platform === "linux")(
  "a younger process with the same number does not keep its predecessor alive",
  () => {
    expect(ownerIsGone(ownerWith("start", 1))).toBe(true);
  },
);

test.runIf(process.platform === "linux")("a killed process that its parent has not collected is gone", async () => {
  // A shell that leaves its child behind uncollected: `exec` keeps the shell's number and never waits.
  const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"]);
  onTestFinished(() => void parent.kill("SIGKILL"));
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const owner = ownerWith("pid", Number(line.toString()));
  await expect.poll(() => ownerIsGone(owner), { timeout: 5_000 }).toBe(true);
});
