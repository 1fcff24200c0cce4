import { type MemoryItem, node } from "batonjs";

import { Ticket } from "./ticket.ts";

const HANDBOOK: Readonly<Record<string, string>> = {
  "refunds.md":
    "A parcel that has not arrived after ten days is refunded in full. Refunds take three working days to reach an account.",
  "vouchers.md": "Customers who get no refund may be offered a voucher of ten euros, once a year.",
  "speaker.md":
    "A speaker without sound is mostly muted: hold the volume button for five seconds. A red light means an empty battery.",
  "router.md": "When the network is slow, restart the router first, then move it away from other devices.",
};

/** Puts the shop's handbook into long-term memory. An item that is there already stays as it is, so every run may do it. */
export const handbook = node(Ticket, { reads: [], writes: [] }, async (_state, { memory }) => {
  await memory.remember(
    "vector",
    Object.entries(HANDBOOK).map(([file, text], order) => itemOf(file, text, order)),
  );
  return {};
});

function itemOf(file: string, text: string, order: number): MemoryItem {
  return { id: `${file}: ${text}`, text, group: file, order, time: 0, meta: { file } };
}
