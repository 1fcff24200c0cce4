import { ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { node, workflow } from "batonjs";
import { scripted, testConfig } from "batonjs/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { openBaton } from "../support/baton.ts";

const Order = new StateSchema({
  items: new ReducedValue(z.array(z.object({ name: z.string(), price: z.number() })).default([]), {
    reducer: (known, added) => known.concat(added),
  }),
  note: z.string().default(""),
});

/** Reads the items, changes them in place, and writes another field. */
const thief = node(Order, { reads: ["items"], writes: ["note"] }, ({ items }) => {
  const [first] = items;
  if (first !== undefined) first.price = 0;
  items.push({ name: "gold", price: 0 });
  return { note: `${items.length} items` };
});

describe("a node that changes a field in place which it only reads", () => {
  it("S24: changes nothing but its own view", async () => {
    const seen: unknown[] = [];
    const graph = new StateGraph(Order)
      .addNode("thief", thief)
      .addNode(
        "clerk",
        node(Order, { reads: ["items"], writes: [] }, ({ items }) => (seen.push(...items), {})),
      )
      .addEdge(START, "thief")
      .addEdge("thief", "clerk");
    const baton = await openBaton({ workflows: [workflow({ id: "order", graph })], model: scripted([]) });
    const outcome = await (await baton.start("order", { items: [{ name: "cup", price: 3 }] })).result();
    expect(outcome.state).toEqual({ items: [{ name: "cup", price: 3 }], note: "2 items" });
    expect(seen).toEqual([{ name: "cup", price: 3 }]);
    expect(await baton.why(outcome.runId, "items[0].price")).toMatchObject({ value: 3, writtenBy: { kind: "input" } });
  });

  it("gets maps, sets, nulls and a field named __proto__ as they are, and instances of classes themselves", async () => {
    const Odd = new StateSchema({ value: z.unknown() });
    const url = new URL("https://example.org");
    const value = {
      map: new Map([["a", [1]]]),
      set: new Set([1]),
      none: null,
      url,
      data: JSON.parse('{"__proto__":{"admin":true}}') as unknown,
    };
    const look = node(Odd, { reads: ["value"], writes: ["value"] }, (state) => {
      expect(state.value).toEqual(value);
      expect(state.value).not.toBe(value);
      expect(state.value).toBe(state.value);
      return { value: state.value };
    });
    const { value: after } = (await look({ value }, testConfig({ model: scripted([]) }))) as { value: typeof value };
    expect(after.url).toBe(url);
    expect(after.map).not.toBe(value.map);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});
