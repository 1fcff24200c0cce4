import { execFile } from "node:child_process";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const urlOf = (file: string): string => JSON.stringify(pathToFileURL(resolve(import.meta.dirname, "../..", file)).href);

/** Runs a module in a process of its own and returns the packages that it loaded. */
async function packagesLoadedBy(source: string): Promise<readonly string[]> {
  const program = `
    import { registerHooks } from "node:module";
    const packages = new Set();
    registerHooks({ resolve(specifier, context, next) {
      if (/^[a-z@]/.test(specifier) && !/^(?:node|file|data):/.test(specifier)) packages.add(specifier);
      return next(specifier, context);
    } });
    ${source}
    console.log(JSON.stringify([...packages]));`;
  const { stdout } = await run(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", program],
    { env: {} },
  );
  // Printed by the program above as a list of texts.
  return JSON.parse(stdout) as readonly string[];
}

test("making and checking a model loads no provider package; the first call does", async () => {
  const make = `const { openai } = await import(${urlOf("models/openai.ts")}); const model = openai("m", { baseURL: "http://127.0.0.1:1/v1", env: {}, retry: { maxAttempts: 1 } }); model.check();`;
  const generate = `await model.generate({ messages: [], output: { name: "a", schema: {}, strict: true }, input: {}, passages: [], settings: {} }).catch(() => undefined);`;
  expect(await packagesLoadedBy(make)).not.toContain("openai");
  expect(await packagesLoadedBy(make + generate)).toContain("openai");
});

test("offline() and the retry rules load neither a provider nor LangGraph", async () => {
  const packages = await packagesLoadedBy(
    `await import(${urlOf("models/offline.ts")}); await import(${urlOf("models/retry.ts")});`,
  );
  expect(packages).toEqual([]);
});
