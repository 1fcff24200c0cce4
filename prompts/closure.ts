import { digest } from "../core/json.ts";

/** Raised whenever the same files would render to other messages. */
export const RENDERER_VERSION = 1;

/** The identity of a prompt's behaviour: SHA-256 over the sorted (path, blob) list of its files and the renderer's version. */
export function closureOf(files: readonly { readonly path: string; readonly blob: string }[]): string {
  const list = files.map(({ path, blob }) => [path, blob]).toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  return digest({ renderer: RENDERER_VERSION, files: list });
}
