import { expect, test } from "vitest";

import { readAhead } from "../../runs/read-ahead.ts";

/** Like LangGraph's stream: an error drops what was not read yet. */
function lossy(): {
  readonly stream: AsyncIterable<string>;
  push(item: string): void;
  fail(error: Error): void;
} {
  let control: ReadableStreamDefaultController<string> | undefined;
  const stream = new ReadableStream<string>({
    start: (controller) => void (control = controller),
  });
  return {
    stream,
    push: (item) => control?.enqueue(item),
    fail: (error) => control?.error(error),
  };
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

test("yields what came before a failure also to a reader that pauses", async () => {
  const source = lossy();
  const seen: string[] = [];
  async function readSlowly(): Promise<void> {
    for await (const item of readAhead(source.stream)) {
      seen.push(item);
      await new Promise((done) => setTimeout(done, 50));
    }
  }
  const reading = readSlowly();
  source.push("a");
  await turn();
  source.push("b");
  await turn();
  source.fail(new Error("broken"));
  await expect(reading).rejects.toThrow("broken");
  expect(seen).toEqual(["a", "b"]);
});

test("ends where the source ends and lets go of it when the reader stops early", async () => {
  async function* two(): AsyncIterable<number> {
    yield 1;
    yield 2;
  }
  expect(await Array.fromAsync(readAhead(two()))).toEqual([1, 2]);
  let released = false;
  const endless: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => (await turn(), { done: false, value: "a" }),
      return: async () => ((released = true), { done: true, value: undefined }),
    }),
  };
  for await (const item of readAhead(endless)) {
    expect(item).toBe("a");
    break;
  }
  expect(released).toBe(true);
});
