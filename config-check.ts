import { z } from "zod";

import type { BatonConfig } from "./config.ts";
import { BatonError } from "./core/errors.ts";
import { nearName } from "./core/near.ts";

const isFunction = (value: unknown): boolean => typeof value === "function";

/** An object that has these parts, whatever else it has: its class is its maker's own. */
function objectWith(parts: Readonly<Record<string, (value: unknown) => boolean>>, expected: string): z.ZodType {
  return z.custom((value) => hasParts(value, parts), { error: expected });
}

function hasParts(value: unknown, parts: Readonly<Record<string, (value: unknown) => boolean>>): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(parts).every(([name, fits]) => fits(Reflect.get(value, name)));
}

const isText = (value: unknown): boolean => typeof value === "string";

const kindOf = (kinds: readonly string[], expected: string): z.ZodType =>
  objectWith({ kind: (kind) => typeof kind === "string" && kinds.includes(kind) }, expected);

const milliseconds = z.number({ error: "a positive number of milliseconds" }).positive({
  error: "a positive number of milliseconds",
});

/** What each part must be; a field's own error is what was expected there. */
const Config = z.strictObject({
  workflows: z.array(
    objectWith(
      { id: isText, graph: (graph) => typeof graph === "object", nodes: Array.isArray },
      "what `workflow({ id, graph })` returns; a graph alone is not enough",
    ),
    { error: "a list of workflows" },
  ),
  model: objectWith(
    { ref: isText, generate: isFunction, check: isFunction },
    "what `openai(…)`, `offline()` or another model's function returns",
  ).optional(),
  prices: z
    .record(z.string(), z.looseObject({}, { error: "prices such as { input: 0.1, output: 0.4 }" }), {
      error: "prices by the name of their model",
    })
    .optional(),
  store: kindOf(["sqlite", "postgres"], "what `sqlite()` or `postgres()` returns").optional(),
  session: kindOf(["sqlite", "redis"], "what `sqlite()` or `redis()` returns").optional(),
  vector: kindOf(
    ["sqlite", "postgres", "pinecone"],
    "what `sqlite()`, `postgres()` or `pinecone()` returns",
  ).optional(),
  embed: objectWith(
    { ref: isText, embed: isFunction, check: isFunction },
    "what `openaiEmbed(…)` or another embedding's function returns",
  ).optional(),
  prompts: z.union([z.string(), z.array(z.string())], { error: "a folder or a list of folders" }).optional(),
  promptBundle: z.string({ error: "the path of a file" }).optional(),
  allowPromptFolder: z.boolean({ error: "true or false" }).optional(),
  leaseMs: milliseconds.optional(),
  nodeTimeoutMs: milliseconds.optional(),
});

/**
 * Looks at the parts of a config, so that a wrong one is named before anything is opened. Values are not printed: an address may hold a password.
 * `name` is what the config is called in a message. Returns the config itself. Throws `config-invalid`.
 */
export function checkConfig(config: unknown, name = "the config"): BatonConfig {
  const [issue] = Config.safeParse(config).error?.issues ?? [];
  // What its parts are made of is checked where they are made: by the functions that return them.
  if (issue === undefined) return config as BatonConfig;
  if (issue.code === "unrecognized_keys") throw unknownKey(issue.keys[0] ?? "", name);
  const part = z.core.toDotPath(issue.path);
  const found = typeName(issue.path.reduce((value: unknown, key) => Reflect.get(Object(value), key), config));
  const message =
    part === ""
      ? `Expected ${name} to be what \`defineConfig({ workflows: [ … ] })\` returns, got ${found}.`
      : `Expected \`${part}\` of ${name} to be ${issue.message}, got ${found}.`;
  throw new BatonError("config-invalid", message, { hint: "Mend it there; `npx tsc` finds such mistakes too." });
}

function unknownKey(key: string, name: string): BatonError {
  const known = Object.keys(Config.shape);
  const near = nearName(key, known);
  const message = `Baton does not know the part \`${key}\` of ${name}.`;
  return new BatonError("config-invalid", message, {
    hint: near === undefined ? `It knows: ${known.join(", ")}.` : `Did you mean \`${near}\`?`,
  });
}

function typeName(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return `\`${value}\``;
  return typeof value === "object" ? "another object" : `a ${typeof value}`;
}
