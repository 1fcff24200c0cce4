import { type Choice, chosen } from "../core/choice.ts";
import { BatonError } from "../core/errors.ts";
import { canonicalJson, type JsonObject } from "../core/json.ts";
import type { Model } from "./model.ts";
import { offline } from "./offline.ts";
import { openai } from "./openai.ts";

/** A model and why it was chosen, for people to read. */
export interface ModelChoice extends Choice {
  readonly model: Model;
}

/**
 * The model of new runs: the configured one, else OpenAI when a key is set, else `offline()`. Never silent: `why` says which rule it was.
 * Throws `model-key-missing` and, in production, `default-refused`.
 */
export function chooseModel(configured: Model | undefined, env: NodeJS.ProcessEnv, openaiModel: string): ModelChoice {
  return chosen(modelChoice(configured, env, openaiModel), PART, env);
}

const PART = {
  part: "model",
  fallback: "`offline()`, which is no language model",
  hint: "Set OPENAI_API_KEY, or name a `model` in baton.config.ts; `model: offline()` says that it is meant.",
};

function modelChoice(configured: Model | undefined, env: NodeJS.ProcessEnv, openaiModel: string): ModelChoice {
  if (configured !== undefined) {
    configured.check();
    return { model: configured, by: "config", why: "named in the config" };
  }
  if ((env["OPENAI_API_KEY"] ?? "") !== "")
    return { model: openai(openaiModel, { env }), by: "environment", why: "OPENAI_API_KEY is set" };
  return { model: offline(), by: "default", why: "no model in the config and no OPENAI_API_KEY" };
}

/** The model that a run was started on, for its resume: a run never changes its model by itself. Throws `model-changed`. */
export function pinnedModel(pin: { readonly ref: string; readonly settings: JsonObject }, current: Model): Model {
  if (pin.ref === current.ref && canonicalJson(pin.settings) === canonicalJson(current.settings)) return current;
  if (pin.ref === offline().ref) return offline();
  throw new BatonError(
    "model-changed",
    `The run was started on the model \`${pin.ref}\`, but now it would get \`${current.ref}\` or other settings.`,
    {
      hint: "Restore the model in your baton.config.ts (or OPENAI_API_KEY), or start a new run.",
    },
  );
}
