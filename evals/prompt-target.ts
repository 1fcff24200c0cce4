import { type Schema, Validator } from "@cfworker/json-schema";

import { toStrictSchema } from "../agents/strict-schema.ts";
import { BatonError } from "../core/errors.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import type { Model, ModelResponse } from "../models/model.ts";
import { compilePrompt } from "../prompts/compile.ts";
import type { PromptPin } from "../prompts/pin.ts";
import type { CaseInput } from "./case.ts";
import { recallOf } from "./recalled.ts";
import type { Trace } from "./scorer.ts";
import type { OpenTarget } from "./target.ts";

/** The answer of a prompt that declares no output is one text. */
const ONE_TEXT: JsonObject = {
  type: "object",
  properties: { answer: { type: "string" } },
  required: ["answer"],
  additionalProperties: false,
};

/** One prompt, asked without a workflow around it. */
export function promptTarget(pin: PromptPin, model: Model): OpenTarget {
  const prompt = compilePrompt(pin);
  const { schema, strict } = toStrictSchema(prompt.output ?? ONE_TEXT);
  const validator = new Validator(schema as Schema, "2020-12", false);
  return {
    identity: { prompt: pin.closure, model: model.ref, settings: model.settings },
    pins: [pin],
    closures: { [pin.name]: pin.closure },
    check: (given) => void prompt.render(variablesOf(given)),
    texts: (given) => prompt.render(variablesOf(given)).messages.map(({ content }) => content),
    async run(given, signal) {
      const { messages, settings } = prompt.render(variablesOf(given));
      const begun = performance.now();
      let response: ModelResponse | undefined;
      try {
        response = await model.generate(
          {
            messages,
            output: { name: "answer", schema, strict },
            input: given.input,
            passages: given.recalled ?? [],
            settings,
          },
          { signal },
        );
        const output = answerOf(response, validator, pin.name);
        const answer = prompt.output === undefined ? (output["answer"] ?? "") : output;
        return { output: answer, trace: traceFor(response, performance.now() - begun) };
      } catch (error) {
        return { error, trace: traceFor(response, performance.now() - begun) };
      }
    },
  };
}

/** A call that was not answered took nothing that is known. */
function traceFor(response: ModelResponse | undefined, ms: number): Trace {
  return {
    ms,
    usage: response?.usage ?? { inputTokens: 0, outputTokens: 0 },
    modelCalls: response === undefined ? 0 : 1,
    ...(response?.costUsd === undefined ? {} : { costUsd: response.costUsd }),
    tools: [],
    nodes: [],
  };
}

function variablesOf(given: CaseInput): JsonObject {
  return given.recalled === undefined ? given.input : { ...given.input, recalled: recallOf(given).text };
}

function answerOf({ text, finish }: ModelResponse, validator: Validator, name: string): JsonObject {
  if (finish === "length") throw wrong("model-truncated", `The answer to prompt \`${name}\` was cut off.`);
  if (finish !== "stop") throw wrong("model-refused", `The model refused to answer prompt \`${name}\`.`);
  const value = parsed(text, name);
  const { valid, errors } = validator.validate(value);
  if (!valid)
    throw wrong(
      "model-output-invalid",
      `The answer to prompt \`${name}\` does not fit its schema: ${errors.at(-1)?.error ?? ""}`,
    );
  // The schema of a prompt's output is an object; the validator has just said that this is one.
  return value as JsonObject;
}

function parsed(text: string, name: string): JsonValue {
  try {
    // JSON.parse is typed `any`; whatever it returns is a JsonValue by definition.
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw wrong("model-output-invalid", `The answer to prompt \`${name}\` is not JSON.`, error);
  }
}

function wrong(
  code: "model-truncated" | "model-refused" | "model-output-invalid",
  message: string,
  cause?: unknown,
): BatonError {
  return new BatonError(code, message, cause === undefined ? {} : { cause });
}
