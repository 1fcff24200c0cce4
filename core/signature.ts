import type { Signed } from "./event-parts.ts";

/** Who did something and why, out of whatever else an object says; what was not said has no key. */
export function signatureOf({
  by,
  reason,
}: {
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}): Signed {
  return { ...(by === undefined ? {} : { by }), ...(reason === undefined ? {} : { reason }) };
}
