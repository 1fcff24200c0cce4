import { BatonError } from "../core/errors.ts";

/** Gathers the values of a flag that may be repeated. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** Turns what `--prompt` takes (`name=@ref`, or `name` for the files on disk) into a prompt ref: `name@ref`. */
export function promptRefOf(text: string): string {
  const at = text.indexOf("=");
  if (at === -1 && !text.includes("@")) return text;
  if (at > 0 && text.charAt(at + 1) === "@") return `${text.slice(0, at)}${text.slice(at + 1)}`;
  throw new BatonError("bad-usage", `Expected \`--prompt\` to be a name and a version, got \`${text.slice(0, 80)}\`.`, {
    hint: "Write --prompt brief/write=@v2, or --prompt brief/write for the files as they are now.",
  });
}
