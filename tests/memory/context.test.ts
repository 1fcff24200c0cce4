import { expect, test } from "vitest";

import { DEFAULT_TENANT } from "../../core/ids.ts";
import { contextLayer } from "../../memory/context.ts";
import { memoryItem, memorySuite } from "../../testing/memory-suite.ts";

memorySuite("context layer", async () => ({ layer: contextLayer(), close: async () => undefined }), {
  operations: 10_000,
});

test("what does not fit into the budget is left out, a shorter item after it is not", async () => {
  const layer = contextLayer({ budgetTokens: 30 });
  const scope = { tenant: DEFAULT_TENANT, namespace: "run" };
  const short = memoryItem({ text: "Walnuts are nuts.", group: "a" });
  const long = memoryItem({
    text: `Walnuts, walnuts, walnuts: ${"a walnut tree bears many walnuts ".repeat(5)}`,
    group: "b",
  });
  await layer.remember(scope, [long, short]);
  expect((await layer.recall({ scope, text: "walnuts", limit: 5 })).map(({ id }) => id)).toEqual([short.id]);
});
