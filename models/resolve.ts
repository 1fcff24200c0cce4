import { BatonError } from "../core/errors.ts";
import { canonicalJson, type JsonObject } from "../core/json.ts";
import type { Model } from "./model.ts";
import { offline } from "./offline.ts";
import { openai } from "./openai.ts";

/** A model and why it was chosen, for people to read. */
export interface ModelChoice {
  readonly model: Model;
  readonly why: string;
}

/** The model of new runs: the configured one, else OpenAI when a key is set, else `offline()`. Never silent: `why` says which rule it was. */
export function chooseModel(configured: Model | undefined, env: NodeJS.ProcessEnv, openaiModel: string): ModelChoice {
  if (configured !== undefined) {
    configured.check();
    return { model: configured, why: "named in the config" };
  }
  if ((env["OPENAI_API_KEY"] ?? "") !== "")
    return { model: openai(openaiModel, { env }), why: "OPENAI_API_KEY is set" };
  return { model: offline(), why: "no model in the config and no OPENAI_API_KEY" };
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
