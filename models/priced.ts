import { offersOf } from "./fallbacks.ts";
import type { Model, ModelOffer, ModelResponse } from "./model.ts";
import { costOf, type PriceList } from "./price-list.ts";
import { wrapModel } from "./wrap-model.ts";

/** The same model, whose answers say what they cost. The cost is stored with the answer: what was paid does not change when prices do. */
export function priced(model: Model, prices: PriceList): Model {
  return wrapModel(model, async (request, options) => {
    const response = await model.generate(request, options);
    if (response.costUsd !== undefined) return response;
    const costUsd = costOf(response, prices.priceOf(offerOf(model, response), response.model));
    return costUsd === undefined ? response : { ...response, costUsd };
  });
}

function offerOf(model: Model, { ref = model.ref, offList }: ModelResponse): ModelOffer {
  const offer = offersOf(model).find((known) => known.ref === ref);
  return offList === true || offer === undefined ? { ref } : offer;
}
