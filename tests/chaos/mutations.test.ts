import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { expect, test } from "vitest";

import { MUTATIONS } from "./mutations.ts";

const ROOT = resolve(import.meta.dirname, "../..");

test("every guard that `npm run test:mutations` switches off stands once where it is looked for", async () => {
  const found = await Promise.all(
    MUTATIONS.map(async ({ off, file, from }) => {
      const source = await readFile(join(ROOT, file), "utf8");
      return { off, times: source.split(from).length - 1 };
    }),
  );
  expect(found.filter(({ times }) => times !== 1)).toEqual([]);
});
