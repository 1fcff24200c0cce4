import { offersOf } from "./fallbacks.ts";
import type { Model, ModelOffer, ModelResponse } from "./model.ts";
import { costOf, type PriceList } from "./price-list.ts";
import { wrapModel } from "./wrap-model.ts";

/** The same model, whose answers say what they cost. The cost is stored with the answer: what was paid does not change when prices do. */
export function priced(model: Model, prices: PriceList): Model {
  const offers = offersOf(model).map((offer) => withPrice(offer, prices));
  const wrapped = wrapModel(model, async (request, options) => {
    const response = await model.generate(request, options);
    if (response.costUsd !== undefined) return response;
    const costUsd = costOf(response, prices.priceOf(offerOf(model, response), response.model));
    return costUsd === undefined ? response : { ...response, costUsd };
  });
  return { ...wrapped, offers };
}

function withPrice(offer: ModelOffer, prices: PriceList): ModelOffer {
  const price = offer.price ?? prices.priceOf(offer, nameOf(offer));
  return price === undefined ? offer : { ...offer, price };
}

/** Behind the provider's name stands the one by which the model is asked, which is mostly the one it answers by. */
function nameOf({ ref }: ModelOffer): string {
  return ref.slice(ref.indexOf("/") + 1);
}

function offerOf(model: Model, { ref = model.ref, offList }: ModelResponse): ModelOffer {
  const offer = offersOf(model).find((known) => known.ref === ref);
  return offList === true || offer === undefined ? { ref } : offer;
}
