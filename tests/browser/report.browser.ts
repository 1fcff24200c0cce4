import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, node, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";

import { htmlReport } from "../../cli/report/report-html.ts";
import { markdownReport } from "../../cli/report/report-markdown.ts";
import { reportData, type ReportData } from "../../cli/report/report-data.ts";
import { openBaton, temporaryFolder } from "../support/baton.ts";
import { openChromium } from "./chromium.ts";

/** What a model, a tool or a prompt may say to whoever reads the report. */
const HOSTILE = [
  "<script>window.taken = 1</script>",
  '<img src="http://127.0.0.1:9/leak.png" onerror="window.taken = 2">',
  "</pre></details><style>body{display:none}</style>",
  '"><a href="javascript:window.taken = 3">click me</a>',
  '<svg onload="window.taken = 4"></svg>',
  "![leak](http://127.0.0.1:9/leak.png)",
  "`` ``` <iframe src=javascript:alert(1)> \u202ereversed\u001b[31m",
].join("\n");

const State = new StateSchema({
  topic: z.string(),
  draft: z.string().default(""),
  words: z.number().default(0),
});

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(async () => await browser?.close());

async function hostileRun(): Promise<ReportData> {
  const writer = agent(State, { prompt: "write", reads: ["topic"], writes: ["draft"] });
  const count = node(State, { reads: ["draft"], writes: ["words"] }, ({ draft }) => ({
    words: draft.split(" ").length,
  }));
  const graph = new StateGraph(State)
    .addNode("writer", writer)
    .addNode("count", count)
    .addEdge(START, "writer")
    .addEdge("writer", "count")
    .addEdge("count", END);
  const baton = await openBaton({
    workflows: [workflow({ id: "hostile", graph })],
    model: scripted([{ answer: { draft: HOSTILE } }]),
    prompts: { write: "---\ninput:\n  schema:\n    topic: string\n---\nWrite about {{topic}}." },
  });
  const handle = await baton.start("hostile", { topic: HOSTILE }, { runId: "h1" });
  expect((await handle.result()).status).toBe("completed");
  return await reportData(baton.store, await baton.run("h1"));
}

interface Opened {
  readonly page: Page;
  /** What the page asked for beside itself, and what the browser complained about. */
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
}

async function openReport(data: ReportData): Promise<Opened> {
  const file = join(await temporaryFolder(), "report.html");
  await writeFile(file, htmlReport(data));
  const page = await browser.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  const url = pathToFileURL(file).href;
  await page.goto(url);
  return { page, requests: requests.filter((one) => one !== url), complaints };
}

test("S17: the report opens from disk, asks for nothing, and shows what models said as text only", async () => {
  const { page, requests, complaints } = await openReport(await hostileRun());
  await page.getByRole("button", { name: "Open all" }).click();
  for (const link of await page.getByRole("link").all()) await link.click();
  expect(await page.evaluate("window.taken")).toBeUndefined();
  expect(await page.locator("main script, main iframe, main img, main a").count()).toBe(0);
  // What the run came to stands first; what the model wrote on the way, below it.
  const values = await page.locator("#state .field pre").allTextContents();
  expect(values.join("\n")).toContain("<script>window.taken = 1</script>");
  expect(await page.content()).not.toContain("\u202e");
  expect([requests, complaints]).toEqual([[], []]);
});

test("a reader clicks from a value to what it was made from", async () => {
  const { page } = await openReport(await hostileRun());
  await expect(page.getByRole("heading", { level: 1 }).innerText()).resolves.toMatch(/^hostile\s+completed$/u);
  const field = page.locator("#state details", { hasText: "words" }).first();
  await field.locator("summary").click();
  const why = await field.locator(".why").innerText();
  expect(why).toMatch(/written by count in step 2/u);
  expect(why).toMatch(/written by agent writer in step 1/u);
  expect(why).toMatch(/prompt write@[0-9a-f]{40}/u);
  expect(await page.locator("svg.timeline rect").count()).toBe(2);
  expect(await page.locator("figure.graph svg").count()).toBe(1);
  const button = page.getByRole("button");
  await button.click();
  expect(await page.locator("details:not([open])").count()).toBe(0);
  await button.click();
  expect(await page.locator("details[open]").count()).toBe(0);
});

test("S17: in the Markdown report what models said stands in code blocks that it cannot end", async () => {
  const text = markdownReport(await hostileRun());
  const outside: string[] = [];
  let fence: string | undefined;
  for (const line of text.split("\n")) {
    if (fence === undefined && /^`{3,}text$/u.test(line)) fence = line.slice(0, -"text".length);
    else if (line === fence) fence = undefined;
    else if (fence === undefined) outside.push(line);
  }
  expect(fence).toBeUndefined();
  expect(outside.join("\n")).not.toMatch(/window\.taken|leak\.png|iframe/u);
});
