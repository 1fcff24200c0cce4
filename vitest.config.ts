import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // Examples and tests must meet the same copy of baton: the sources, not `dist`.
    alias: [
      { find: /^batonjs$/, replacement: here("index.ts") },
      { find: /^batonjs\/postgres$/, replacement: here("postgres.ts") },
      { find: /^batonjs\/evals$/, replacement: here("evals/public.ts") },
      { find: /^batonjs\/evals\/vitest$/, replacement: here("evals/vitest.ts") },
      { find: /^batonjs\/testing\/conformance$/, replacement: here("testing/conformance.ts") },
      { find: /^batonjs\/testing$/, replacement: here("testing/index.ts") },
    ],
  },
  test: {
    include: ["tests/**/*.test.ts"],
    globalSetup: ["tests/support/global-setup.ts"],
    reporters: ["default", here("tests/support/share-reporter.ts")],
    pool: "forks",
    // One worker a core: most files wait for child processes and servers, and the default leaves a core of two idle.
    maxWorkers: 2,
    // The files of a worker share its modules: loading LangGraph anew for each takes half of the time. No test keeps state in a module.
    isolate: false,
    // Real servers and child processes on a busy machine; a hang is still found.
    testTimeout: 30_000,
    // The program keeps compiled code in the user's cache folder; tests have one of their own.
    env: { XDG_CACHE_HOME: here("node_modules/.cache") },
    hookTimeout: 60_000,
  },
});
