import { BatonError } from "../core/errors.ts";
import { isLayer, LAYER_ORDER, type LayerName } from "./item.ts";

/** Says which layers a query asks when its text fits: a fact about the app that no score knows. */
export interface RouteRule {
  /** A regular expression, in any case. */
  readonly when: string;
  /** Of the layers that the policy names, only these are asked. */
  readonly layers: readonly LayerName[];
}

/** The first rule whose expression fits the text. Throws `workflow-invalid` for an expression that is none. */
export function firstFitting(rules: readonly RouteRule[], text: string): RouteRule | undefined {
  return rules.find(({ when }) => expressionOf(when).test(text));
}

/** Throws `workflow-invalid` for a rule that could decide nothing: no expression, or a layer that there is not. */
export function checkRules(rules: readonly RouteRule[] = []): void {
  for (const { when, layers } of rules) {
    expressionOf(when);
    const stray = layers.find((layer) => !isLayer(layer));
    if (stray === undefined) continue;
    throw invalid(`The memory rule \`${when}\` names the layer \`${String(stray)}\`, which there is not.`);
  }
}

function expressionOf(when: string): RegExp {
  try {
    return new RegExp(when, "iu");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalid(`The memory rule \`${when}\` is no regular expression: ${error.message}.`, error);
  }
}

function invalid(message: string, cause?: unknown): BatonError {
  return new BatonError("workflow-invalid", message, {
    hint: `Write \`{ when, layers }\` with an expression, such as "invoice|refund", and layers out of ${LAYER_ORDER.join(", ")}.`,
    cause,
  });
}
