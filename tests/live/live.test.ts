import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { openaiServer, type ServerReply } from "batonjs/testing";
import { expect, onTestFinished, test } from "vitest";

import { runExamples } from "./run-examples.ts";

/** An answer that fits whatever schema it is asked for; where it may choose, it lets the work end. */
function fill(schema: JsonValue | undefined): JsonValue {
  if (!isJsonObject(schema)) return "A text.";
  const { anyOf, properties, items, type } = schema;
  const members = schema["enum"];
  if (Array.isArray(members)) {
    const choices: readonly JsonValue[] = members;
    return choices.find((one) => typeof one === "string" && /^(?:done|send|approve)$/u.test(one)) ?? choices[0] ?? "";
  }
  if (Array.isArray(anyOf)) return fill(anyOf[0]);
  const kind: JsonValue | undefined = Array.isArray(type) ? type[0] : type;
  if (kind === "object")
    return Object.fromEntries(
      Object.entries(isJsonObject(properties) ? properties : {}).map(([key, part]) => [key, fill(part)]),
    );
  if (kind === "array") return Array.from({ length: 3 }, () => fill(items));
  if (kind === "boolean") return true;
  return kind === "number" || kind === "integer" ? 1 : "A text.";
}

function reply({ body }: { readonly body: JsonObject }): ServerReply {
  const schema = ["response_format", "json_schema", "schema"].reduce<JsonValue | undefined>(
    (value, key) => (isJsonObject(value) ? value[key] : undefined),
    body,
  );
  const filled = fill(schema);
  return { kind: "completion", content: isJsonObject(filled) ? filled : ({} satisfies JsonObject) };
}

async function run(env: Readonly<Record<string, string>>, only: readonly string[] = []) {
  const lines: string[] = [];
  const code = await runExamples({ env, only, print: (line) => void lines.push(line) });
  return { code, lines };
}

test("runs every example on an endpoint that speaks OpenAI's wire format, streaming", async () => {
  const server = await openaiServer(Array.from({ length: 200 }, () => reply));
  onTestFinished(async () => await server.close());
  const { code, lines } = await run({
    OPENAI_API_KEY: "sk-live",
    OPENAI_BASE_URL: server.url,
    OPENAI_MODEL: "test-model",
  });
  expect(lines.filter((line) => !line.startsWith("ok    "))).toEqual([
    "9 of 9 examples ran to their end on openai/test-model.",
  ]);
  expect(code).toBe(0);
  expect(lines.some((line) => /^ok {4} research /u.test(line))).toBe(true);
  expect(server.requests.every(({ body }) => body["stream"] === true)).toBe(true);
  expect(server.requests.every(({ headers }) => headers.authorization === "Bearer sk-live")).toBe(true);
});

test("says what did not run to its end, and exits with 1", async () => {
  const server = await openaiServer([]);
  onTestFinished(async () => await server.close());
  const { code, lines } = await run({ OPENAI_API_KEY: "sk-live", OPENAI_BASE_URL: server.url }, ["pipeline"]);
  expect({ code, line: lines[0] }).toMatchObject({
    code: 1,
    line: expect.stringMatching(/^FAILED pipeline .*script/u),
  });
});

test("without a key says what to set, asks nobody and exits with 78", async () => {
  const { code, lines } = await run({});
  expect(code).toBe(78);
  expect(lines.join("\n")).toContain("Set OPENAI_API_KEY");
});

test("names the examples there are for one that there is not", async () => {
  const { code, lines } = await run({ OPENAI_API_KEY: "sk-live" }, ["weather"]);
  expect({ code, lines }).toMatchObject({ code: 64, lines: [expect.stringContaining("pipeline, fan-out")] });
});
