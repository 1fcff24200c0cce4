import { kindOf, type FoundKind } from "./kind.ts";
import { Refusal } from "./refusal.ts";

type View = ArrayBufferView<ArrayBufferLike>;

interface ViewClass {
  readonly name: string;
  readonly prototype: View;
  readonly BYTES_PER_ELEMENT?: number;
  new (buffer: ArrayBuffer): View;
}

const VIEWS: readonly ViewClass[] = [
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  BigUint64Array,
  BigInt64Array,
  Float32Array,
  Float64Array,
  DataView,
];

/** Binary data as base64 of its own bytes; a view into a larger buffer comes back with a buffer of its own. */
export const binaryKinds: readonly FoundKind[] = [
  ...VIEWS.map((view) =>
    kindOf<View>({
      name: view.name,
      prototype: view.prototype,
      payload: (value) => base64Of(value),
      revive: (payload) => new view(bufferFrom(payload)),
    }),
  ),
  kindOf<Buffer>({
    name: "Buffer",
    prototype: Buffer.prototype,
    payload: (value) => base64Of(value),
    revive: (payload) => Buffer.from(bufferFrom(payload)),
  }),
  kindOf<ArrayBuffer>({
    name: "ArrayBuffer",
    prototype: ArrayBuffer.prototype,
    payload(value) {
      if (value.resizable) throw new Refusal("a resizable ArrayBuffer");
      return base64Of(new Uint8Array(value));
    },
    revive: (payload) => bufferFrom(payload),
  }),
];

function base64Of(view: View): string {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("base64");
}

/** Node skips over what is not base64, so the text is written again and compared. */
function bufferFrom(payload: unknown): ArrayBuffer {
  if (typeof payload !== "string") throw new TypeError("expected base64");
  const bytes = Buffer.from(payload, "base64");
  if (bytes.toString("base64") !== payload) throw new TypeError("expected base64");
  const own = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(own).set(bytes);
  return own;
}
