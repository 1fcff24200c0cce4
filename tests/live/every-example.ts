// The examples on a real endpoint, and the vector index on the real Pinecone where a key is given. It costs money there: some cents on a small model.
// OPENAI_API_KEY=… npm run test:live [-- support-desk research …]
// PINECONE_API_KEY=… PINECONE_INDEX=… npm run test:live -- pinecone
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { runExamples } from "./run-examples.ts";

const only = process.argv.slice(2);
const examples = only.filter((name) => name !== "pinecone");
const isAll = only.length === 0;
const hasKey = (process.env["PINECONE_API_KEY"] ?? "") !== "";
const codes: number[] = [];

if (isAll || examples.length > 0)
  codes.push(await runExamples({ env: process.env, only: examples, print: (line) => console.log(line) }));
if (only.includes("pinecone") && !hasKey) {
  console.log("error: PINECONE_API_KEY is not set.");
  console.log("       Set it, and PINECONE_INDEX to an index of the metric cosine with vectors of 16 numbers.");
  codes.push(78);
} else if (hasKey && (isAll || only.includes("pinecone"))) {
  const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
  const args = [vitest, "run", "--config", "vitest.live.config.ts", "tests/live/pinecone.live.ts"];
  codes.push(spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1);
}
process.exitCode = codes.find((code) => code !== 0) ?? 0;
