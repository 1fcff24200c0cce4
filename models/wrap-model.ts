import type { Model } from "./model.ts";

/** The same model with another way to answer. A model may be an instance of a class, whose methods no spread would find. */
export function wrapModel(model: Model, generate: Model["generate"]): Model {
  return {
    ref: model.ref,
    settings: model.settings,
    ...(model.mendsAnswers === undefined ? {} : { mendsAnswers: model.mendsAnswers }),
    ...(model.readsPrompts === undefined ? {} : { readsPrompts: model.readsPrompts }),
    ...(model.offers === undefined ? {} : { offers: model.offers }),
    check: () => model.check(),
    probe: async (signal) => await model.probe(signal),
    generate,
  };
}
