import { expect, test } from "vitest";

import { FatalError } from "../../core/errors.ts";
import { retryOn } from "../../models/retry.ts";
import { scripted } from "../../testing/scripted-model.ts";
import { modelRequest } from "./request.ts";

function asking(content: string) {
  return modelRequest({ messages: [{ role: "user", content }] });
}

test("plays its answers in order and is used up then", async () => {
  const model = scripted([{ answer: { reply: "one" } }, { answer: "two" }]);
  expect((await model.generate(asking("a"))).text).toBe('{"reply":"one"}');
  expect((await model.generate(asking("b"))).text).toBe("two");
  expect(model.requests).toEqual([asking("a"), asking("b")]);
  expect(() => model.assertUsedUp()).not.toThrow();
});

test.each([
  { name: "a text", when: "sub-question 2" },
  { name: "a pattern", when: /question 2$/ },
  {
    name: "a predicate",
    when: ({ messages }: ReturnType<typeof asking>) => messages[0]?.content.endsWith("2") === true,
  },
])("gives a call the answer that $name says is for it", async ({ when }) => {
  const model = scripted([{ when, answer: "second" }, { answer: "first" }]);
  const texts = await Promise.all(
    ["sub-question 1", "sub-question 2"].map(async (content) => (await model.generate(asking(content))).text),
  );
  expect(texts).toEqual(["first", "second"]);
});

test("gives one answer several times, or makes it from the request", async () => {
  const model = scripted([{ times: 2, answer: ({ messages }) => ({ echo: messages[0]?.content ?? "" }) }]);
  await model.generate(asking("a"));
  expect((await model.generate(asking("b"))).text).toBe('{"echo":"b"}');
  model.assertUsedUp();
});

test("throws the scripted error", async () => {
  const boom = new Error("boom");
  await expect(scripted([{ answer: boom }]).generate(asking("a"))).rejects.toBe(boom);
});

test("names what is left when it is not used up", async () => {
  const model = scripted([{ answer: "a" }, { when: "never said", times: 2, answer: "b" }]);
  await model.generate(asking("x"));
  expect(() => model.assertUsedUp()).toThrow("Never asked for: answer 2 (never said, 2 times)");
});

test("refuses a call that is not in the script with an error that nothing retries, and remembers it", async () => {
  const model = scripted([{ when: "hello", answer: "a" }]);
  const error: unknown = await model.generate(asking("good bye")).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(FatalError);
  expect(error).toMatchObject({
    message: "Model call 1 is not in the script: user: good bye",
    hint: "Left in the script: answer 1 (hello).",
  });
  expect(retryOn(error)).toBe(false);
  await model.generate(asking("hello"));
  expect(() => model.assertUsedUp()).toThrow("Model call 1 is not in the script");
});

test("streams its text and obeys the signal", async () => {
  const model = scripted([{ answer: "abc" }]);
  let heard = "";
  await model.generate(asking("a"), { onToken: (text) => (heard += text) });
  expect(heard).toBe("abc");
  await expect(model.generate(asking("a"), { signal: AbortSignal.abort(new Error("stop")) })).rejects.toThrow("stop");
});
