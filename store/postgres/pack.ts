/** Where one piece lies in a pack: the place of its first byte, counted from 1 as SQL does, and its length. */
export interface Span {
  readonly at: number;
  readonly length: number;
}

/** Many texts and binary values as one parameter: it travels as bytes, where arrays of them would be written out as text. */
export interface Pack {
  text(text: string): Span;
  bytes(bytes: Uint8Array): Span;
  toBytes(): Buffer;
}

export function createPack(): Pack {
  const pieces: Uint8Array[] = [];
  let size = 0;

  function bytes(piece: Uint8Array): Span {
    const span = { at: size + 1, length: piece.byteLength };
    pieces.push(piece);
    size += piece.byteLength;
    return span;
  }

  return {
    text: (text) => bytes(Buffer.from(text, "utf8")),
    bytes,
    toBytes: () => Buffer.concat(pieces, size),
  };
}
