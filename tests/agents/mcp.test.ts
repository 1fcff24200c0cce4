import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { StateSchema } from "@langchain/langgraph";
import { agent, mcpTools, type McpOptions, type McpServer } from "batonjs";
import { calls, scripted, type ScriptedAnswer, testConfig } from "batonjs/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";

import { temporaryFolder } from "../support/baton.ts";

const SERVER = join(import.meta.dirname, "../fixtures/mcp-server.ts");
const Shop = new StateSchema({ wish: z.string(), note: z.string().default("") });
const DONE = { answer: { note: "done" } };

async function play(server: McpServer, script: readonly ScriptedAnswer[], options: McpOptions = {}) {
  const model = scripted(script);
  const config = testConfig({ model });
  const { connections } = Object.values(config.configurable)[0] ?? {};
  onTestFinished(async () => await connections?.close());
  const buyer = agent(Shop, { prompt: "buy", reads: ["wish"], writes: ["note"], tools: [mcpTools(server, options)] });
  const outcome = await buyer({ wish: "tea" }, config).then(
    (update) => ({ update, error: undefined }),
    (error: unknown) => ({ update: undefined, error }),
  );
  const told = model.requests.flatMap(({ messages }) => messages).filter(({ role }) => role === "tool");
  return { ...outcome, model, events: config.events, told: told.map(({ content }) => content) };
}

/** The server as a program, with a file in which it notes what it was asked. */
async function program(env: Readonly<Record<string, string>> = {}) {
  const ledger = join(await temporaryFolder(), "ledger.txt");
  await writeFile(ledger, "");
  return {
    server: { command: process.execPath, args: [SERVER], env: { LEDGER: ledger, ...env } },
    notes: async () => (await readFile(ledger, "utf8")).split("\n").filter((line) => line !== ""),
  };
}

describe("tools of an MCP server", () => {
  it("are offered and called over standard streams, and what the server says of them decides how they are journaled", async () => {
    const { server, notes } = await program();
    const { update, model, told, events } = await play(server, [
      { answer: calls(["price_of", { item: "teapot" }], ["order", { item: "cup" }], ["complain"]) },
      DONE,
    ]);
    expect(update).toEqual({ note: "done" });
    expect(model.requests[0]?.tools?.map(({ name, strict }) => [name, strict])).toEqual([
      ["price_of", true],
      ["order", true],
      ["die_once", true],
      ["complain", true],
    ]);
    expect(told.map((text) => text.split("\n")[1])).toEqual(["teapot costs 6", "ordered", "out of stock"]);
    expect(events.flatMap((event) => (event.type === "tool_called" ? [[event.tool, event.outcome]] : []))).toEqual(
      expect.arrayContaining([
        ["price_of", "done"],
        ["complain", "failed"],
      ]),
    );
    expect(events.flatMap((event) => (event.type === "tool_called" ? [event.effect] : []))).toEqual(
      expect.arrayContaining(["read", "once"]),
    );
    // `order` was given an idempotency key.
    expect(await notes()).toEqual(["start", expect.stringMatching(/^order cup [1-9]/u)]);
  });

  it("are refused with arguments that the server's schema does not allow, without asking it", async () => {
    const { server, notes } = await program();
    const { told } = await play(server, [{ answer: calls(["order", { item: 7 }]) }, DONE]);
    expect(told).toEqual([expect.stringContaining("do not fit")]);
    expect(await notes()).toEqual(["start"]);
  });

  it("are only those that were chosen", async () => {
    const { server } = await program();
    const { model } = await play(server, [DONE], { only: ["order"], effects: { order: "idempotent" } });
    expect(model.requests[0]?.tools?.map(({ name }) => name)).toEqual(["order"]);
  });

  it("that change something end the step when the server dies in the middle of the call", async () => {
    const { server, notes } = await program();
    const { error, told } = await play(server, [{ answer: calls(["order", { item: "bomb" }]) }]);
    expect(error).toMatchObject({
      code: "tool-source-failed",
      message: expect.stringContaining("went away while `order`"),
    });
    expect(told).toEqual([]);
    expect((await notes()).filter((line) => line.startsWith("order"))).toHaveLength(1);
  });

  it("that only read are tried once more on a new connection, and no further", async () => {
    const { server, notes } = await program();
    const { error } = await play(server, [{ answer: calls(["die_once"]) }]);
    expect(error).toMatchObject({ code: "tool-source-failed" });
    expect(await notes()).toEqual(["start", "die", "start", "die"]);
  });

  it("fail with the program's own words when it cannot be started", async () => {
    const { error } = await play(
      { command: process.execPath, args: ["-e", "console.error('no licence'); process.exit(1)"] },
      [],
    );
    expect(error).toMatchObject({ code: "tool-source-failed", message: expect.stringContaining("no licence") });
  });

  it("are called over streamable HTTP", async () => {
    const server = await overHttp();
    const { told, update } = await play(server, [{ answer: calls(["price_of", { item: "tea" }]) }, DONE]);
    expect(told[0]).toContain("tea costs 3");
    expect(update).toEqual({ note: "done" });
  });

  it("end the step over HTTP too when the server dies in the middle of a call, made once if it changes something", async () => {
    const { server: shop, notes } = await program();
    const server = await overHttp(shop.env);
    const { error, told } = await play(server, [{ answer: calls(["order", { item: "bomb" }]) }]);
    expect(error).toMatchObject({
      code: "tool-source-failed",
      message: expect.stringContaining("went away while `order`"),
    });
    expect(told).toEqual([]);
    expect(await notes()).toHaveLength(1);
  });

  it("end the step over HTTP when the server is gone for the second try of a call that only reads", async () => {
    const server = await overHttp();
    const { error } = await play(server, [{ answer: calls(["die_once"]) }]);
    expect(error).toMatchObject({ code: "tool-source-failed" });
  });
});

/** The server as a program that listens on a port of its own. */
async function overHttp(env: Readonly<Record<string, string>> = {}): Promise<{ readonly url: string }> {
  const child = spawn(process.execPath, [SERVER, "http"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  onTestFinished(() => void child.kill());
  const [url] = (await once(child.stdout, "data")) as [Buffer];
  return { url: String(url).trim() };
}
