import { inspect } from "node:util";

import { Command, StateSchema } from "@langchain/langgraph";
import { node } from "batonjs";
import { scripted, testConfig } from "batonjs/testing";
import { describe, expect, it, test } from "vitest";
import { z } from "zod";

import { guardReads } from "../../agents/guard.ts";

const Order = new StateSchema({ item: z.string(), price: z.number().default(0), note: z.string().default("") });
const config = () => testConfig({ model: scripted([]) });

describe("node", () => {
  it("reads its `reads` and writes its `writes`", async () => {
    const pricing = node(Order, { reads: ["item"], writes: ["price"] }, async ({ item }) => ({ price: item.length }));
    await expect(pricing({ item: "teapot" }, config())).resolves.toEqual({ price: 6 });
  });

  it("refuses a write outside `writes`, naming node and field", async () => {
    // The cast stands for JavaScript callers, whom the compiler does not stop.
    const pricing = node(
      Order,
      { reads: ["item"], writes: ["price"] },
      async () => ({ price: 1, note: "hidden" }) as { price: number },
    );
    await expect(pricing({ item: "teapot" }, config())).rejects.toMatchObject({
      code: "state-write-forbidden",
      message: expect.stringContaining("`note`"),
    });
  });

  test.each([
    ["its fields by name", { note: "hidden" }],
    ["a list of fields and values", [["note", "hidden"]] as [string, unknown][]],
  ])("S24: refuses a write outside `writes` that a Command carries as %s", async (_case, update) => {
    const pricing = node(
      Order,
      { reads: ["item"], writes: ["price"] },
      () => new Command({ goto: "next", update }) as never,
    );
    await expect(pricing({ item: "teapot" }, config())).rejects.toMatchObject({
      code: "state-write-forbidden",
      message: expect.stringContaining("`note`"),
    });
  });

  it("goes on where its Command says", async () => {
    const command = new Command({ goto: "next", update: { price: 3 } });
    const pricing = node(Order, { reads: ["item"], writes: ["price"] }, () => command);
    await expect(pricing({ item: "teapot" }, config())).resolves.toBe(command);
  });

  it("refuses a read of another declared field, naming it", async () => {
    const nosy = node(Order, { reads: ["item"], writes: ["note"] }, async (state) => ({
      note: String(Reflect.get(state, "price")),
    }));
    await expect(nosy({ item: "teapot" }, config())).rejects.toMatchObject({
      code: "state-read-forbidden",
      message: expect.stringContaining("`price`"),
    });
  });
});

describe("the guarded view of a state", () => {
  const view = guardReads(
    { item: "cup", price: 3 },
    { node: "n", reads: ["item"], declared: ["item", "price", "note"] },
  );

  it("can be awaited, printed, spread and asked for unknown names", async () => {
    await expect(Promise.resolve(view)).resolves.toBe(view);
    expect(inspect(view)).toContain("cup");
    expect(JSON.stringify(view)).toBe('{"item":"cup"}');
    expect({ ...view }).toEqual({ item: "cup" });
    expect(Reflect.get(view, "unknown")).toBeUndefined();
  });
});
