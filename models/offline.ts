import type { GenerateOptions, Model, ModelRequest, ModelResponse } from "./model.ts";
import { gatherEvidence } from "./offline/evidence.ts";
import { fill } from "./offline/fill.ts";

/**
 * The model that needs no key and no network, and is NO language model: it ranks the sentences it was given by relevance and fills the
 * asked-for schema from them. It never calls a tool: it could not say with what. Equal requests get equal answers, on every machine. The
 * rules are in docs/models.md.
 */
export function offline(): Model {
  return {
    ref: "offline",
    settings: { rules: RULES_VERSION },
    offers: [{ ref: "offline", price: { input: 0, output: 0 } }],
    // Equal requests get equal answers, and a repair would be filled from its own instructions.
    mendsAnswers: false,
    readsPrompts: false,
    check() {
      // Needs nothing.
    },
    probe: async () => "no language model: answers with sentences of the given material",
    generate: async (request, options) => answer(request, options),
  };
}

/** Part of every journal key: raised when the same request would get another answer. */
const RULES_VERSION = 4;

function answer(request: ModelRequest, { signal, onToken }: GenerateOptions = {}): ModelResponse {
  signal?.throwIfAborted();
  const { value } = fill(request.output.schema, { name: request.output.name, depth: 0 }, gatherEvidence(request));
  const text = JSON.stringify(value);
  onToken?.(text);
  return {
    text,
    finish: "stop",
    usage: { inputTokens: estimate(request), outputTokens: tokens(text.length) },
    costUsd: 0,
    model: "offline",
  };
}

function estimate({ messages }: ModelRequest): number {
  return tokens(messages.reduce((sum, { content }) => sum + content.length, 0));
}

/** Four characters count as one token; nothing is paid for them. */
function tokens(characters: number): number {
  return Math.round(characters / 4);
}
