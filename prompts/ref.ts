import { BatonError } from "../core/errors.ts";
import { promptFileOf } from "./name.ts";

/** Which text of a prompt is meant: the files on disk, the tree of a commit, or one exact text. */
export type PromptVersion =
  | { readonly kind: "disk" }
  /** A tag, a branch, a commit id or its beginning, and how many first parents to go back. */
  | { readonly kind: "revision"; readonly revision: string }
  | { readonly kind: "blob"; readonly blob: string };

export interface PromptRef {
  /** With its variant: `brief/write#concise`. */
  readonly name: string;
  readonly version: PromptVersion;
}

/**
 * Reads `name`, `name@<tag, branch or commit>`, `name@main~2`, `name@blob:<id>` and `name#variant@…`. Everything else that Git would take is
 * refused. Throws `prompt-not-found` for a malformed name and `prompt-ref-unknown` for a malformed version.
 */
export function parsePromptRef(text: string): PromptRef {
  const at = text.indexOf("@");
  const name = at === -1 ? text : text.slice(0, at);
  promptFileOf(name);
  return { name, version: at === -1 ? { kind: "disk" } : parseVersion(text.slice(at + 1)) };
}

/** Reads what may follow the `@`. Throws `prompt-ref-unknown`. */
export function parseVersion(text: string): PromptVersion {
  const [, blob] = BLOB.exec(text) ?? [];
  return blob === undefined ? { kind: "revision", revision: parseRevision(text) } : { kind: "blob", blob };
}

/** Lets through a tag, a branch or a commit as Git may be asked for it. Throws `prompt-ref-unknown` for all else. */
export function parseRevision(text: string): string {
  if (REVISION.test(text) && !HOSTILE.test(text)) return text;
  throw new BatonError("prompt-ref-unknown", `\`${shown(text)}\` is not a version of a prompt.`, {
    hint: "Write a tag, a branch or a commit, such as `@v2`, `@main~2` or `@3f2a91c`, or `@blob:` and a blob id.",
  });
}

const BLOB = /^blob:([0-9a-f]{7,64})$/u;
/** Names that `git check-ref-format` accepts, of a plain alphabet, then `~<n>`. */
const REVISION = /^[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}(?:~\d{1,5})?$/u;
const HOSTILE = /\.\.|\/\/|\/\.|\.(?:lock)?(?:\/|~|$)|\/(?:~|$)/u;

/** What is refused may be long and may hold control characters. */
function shown(text: string): string {
  return text.replace(/\p{Cc}/gu, "?").slice(0, 80);
}
