import type { FieldVersion } from "../../core/provenance.ts";
import { beginningOf, type History, type Writing } from "./writing.ts";

/** A field as a task read it, or the node that sent the packet which was its input. */
export interface Read {
  readonly field: string;
  readonly version: FieldVersion | null;
  readonly sender?: Writing;
}

/** What a writing was made from; of a plain function, all that had been written by then. */
export function readsOf(history: History, by: Writing): readonly Read[] {
  const { provenance } = by;
  if (by.kind === "input" || by.kind === "human") return [];
  if (provenance?.packet !== undefined) {
    const sender = senderOf(history, by, provenance.packet);
    return sender === undefined ? [] : [{ field: "", version: null, sender }];
  }
  if (provenance?.reads !== undefined) {
    return Object.entries(provenance.reads).map(([field, version]) => ({ field, version }));
  }
  const before = history.writings.slice(0, beginningOf(history, by)).flatMap(({ fields }) => fields);
  return [...new Set(before)].map((field) => ({ field, version: null }));
}

/** Packets are numbered in the order in which the tasks of the step before took effect. */
function senderOf({ writings }: History, by: Writing, packet: number): Writing | undefined {
  let sent = 0;
  return writings
    .filter(({ run, step }) => run === by.run && step === by.step - 1)
    .find(({ provenance }) => {
      sent += provenance?.packetsSent ?? 0;
      return packet < sent;
    });
}
