import { createHash } from "node:crypto";

import { type Embed, unitVector } from "../core/embed.ts";
import { terms } from "../core/terms.ts";

export interface HashEmbed extends Embed {
  /** The texts of every call, in order. */
  readonly calls: readonly (readonly string[])[];
}

/**
 * An embedding without a model: texts that share words lie close together. Deterministic on every machine, so that indexes of vectors can be
 * tested; it knows nothing of meaning.
 */
export function hashEmbed(dimensions = 64, ref = "hash"): HashEmbed {
  const calls: (readonly string[])[] = [];
  return {
    ref,
    dimensions,
    calls,
    check() {},
    async embed(texts) {
      calls.push(texts);
      return texts.map((text) => hashVector(text, dimensions));
    },
  };
}

function hashVector(text: string, dimensions: number): Float32Array {
  const values = new Float64Array(dimensions);
  for (const term of terms(text)) {
    const hash = createHash("sha256").update(term).digest();
    // Each word goes a way of its own, so that different words are almost at right angles.
    for (let part = 0; part < 8; part += 1) {
      const place = hash.readUInt16BE(part * 2) % dimensions;
      values[place] = (values[place] ?? 0) + ((hash[16 + part] ?? 0) > 127 ? 1 : -1);
    }
  }
  return unitVector(values);
}
