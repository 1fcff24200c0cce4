import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

import { StateSchema } from "@langchain/langgraph";
import { agent, mcpTools, openai, openaiEmbed } from "batonjs";
import { openaiServer, scripted, testConfig } from "batonjs/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";

import { modelRequest } from "./request.ts";

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server inside the network that nobody in the config named. */
async function inside(): Promise<{ readonly url: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const url = await listen((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end("the keys of the machine");
  });
  return { url, asked };
}

/** A server that sends everybody on. */
async function pointer(status: number, to: string): Promise<string> {
  return await listen((_request, response) => void response.writeHead(status, { location: to }).end());
}

const STATUSES = [301, 302, 303, 307, 308];
const FAST = { maxAttempts: 1 };

describe("S10: a server that is asked and points elsewhere", () => {
  it.each(STATUSES)("as a model (%i) leads nobody there", async (status) => {
    const { url, asked } = await inside();
    const model = openai("m", { apiKey: "sk-canary", baseURL: await pointer(status, `${url}/v1/x`), retry: FAST });
    await expect(model.generate(modelRequest())).rejects.toMatchObject({ name: "ModelError" });
    expect(asked).toEqual([]);
  });

  it.each(STATUSES)("as a model of vectors (%i) leads nobody there", async (status) => {
    const { url, asked } = await inside();
    const embed = openaiEmbed("e", {
      dimensions: 3,
      apiKey: "sk-canary",
      baseURL: await pointer(status, `${url}/v1/x`),
      retry: FAST,
    });
    await expect(embed.embed(["a text"])).rejects.toThrow(/./u);
    expect(asked).toEqual([]);
  });

  it.each(STATUSES)("as a server of tools (%i) leads nobody there", async (status) => {
    const { url, asked } = await inside();
    const State = new StateSchema({ wish: z.string(), note: z.string().default("") });
    const tools = [mcpTools({ url: `${await pointer(status, `${url}/mcp`)}/mcp` })];
    const buyer = agent(State, { prompt: "buy", reads: ["wish"], writes: ["note"], tools });
    const config = testConfig({ model: scripted([]) });
    await expect(buyer({ wish: "tea" }, config)).rejects.toMatchObject({ code: "tool-source-failed" });
    expect(asked).toEqual([]);
  });

  it("is followed within the same server, with the request as it was", async () => {
    await using server = await openaiServer([{ kind: "completion", content: { answer: "tea" } }]);
    const { origin } = new URL(server.url);
    const proxy = await listen((request, response) => {
      if (request.url?.startsWith("/old") === true) {
        response.writeHead(308, { location: request.url.replace("/old", "/v1") }).end();
        return;
      }
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => void chunks.push(chunk));
      request.on("end", () => {
        void fetch(`${origin}${request.url}`, { method: "POST", body: Buffer.concat(chunks) }).then(async (answer) => {
          response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
        });
      });
    });
    const model = openai("m", { apiKey: "k", baseURL: `${proxy}/old`, retry: FAST });
    expect(await model.generate(modelRequest())).toMatchObject({ text: '{"answer":"tea"}' });
  });
});
