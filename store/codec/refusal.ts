import { BatonError } from "../../core/errors.ts";
import { pathText, placeText, type BlobPlace, type PathSegment } from "./place.ts";

/** Thrown while a value is taken apart; the encoder turns it into an error that names the path. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly found: string;

  constructor(found: string) {
    super(found);
    this.found = found;
  }
}

export interface RefusedPart {
  readonly place: BlobPlace | undefined;
  readonly path: readonly PathSegment[];
  readonly found: string;
}

const LONGEST_PATH = 24;

/** A `state-not-serializable` error: nothing of the value was stored. */
export function notSerializable({ place, path, found }: RefusedPart, cause?: unknown): BatonError {
  const shown = pathText(place, path.slice(0, LONGEST_PATH)) + (path.length > LONGEST_PATH ? "…" : "");
  return new BatonError(
    "state-not-serializable",
    `\`${shown}\` holds ${found}, which a checkpoint cannot bring back as it was.`,
    {
      hint: "Store plain data, dates, maps, sets, binary data, errors or LangChain messages; keep live objects outside the state.",
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/** A `checkpoint-unreadable` error: the stored bytes are not what was written, or hold what may not be loaded. */
export function unreadable(place: BlobPlace | undefined, reason: string, cause?: unknown): BatonError {
  return new BatonError("checkpoint-unreadable", `The checkpoint cannot be read: ${placeText(place)} ${reason}.`, {
    hint: "Go on from an earlier checkpoint with `baton fork <run> --step N`, or restore the database from a backup.",
    ...(cause === undefined ? {} : { cause }),
  });
}
