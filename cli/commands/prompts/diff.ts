import { BatonError } from "../../../core/errors.ts";
import type { JsonValue } from "../../../core/json.ts";
import { diffPrompts, type KeyChange, type PromptDiff, type TextChange } from "../../../prompts/diff.ts";
import type { PromptPin } from "../../../prompts/pin.ts";
import { parseVersion, type PromptVersion } from "../../../prompts/ref.ts";
import { openPrompts, type PromptFlags, withRoot } from "../../open-prompts.ts";
import type { Output } from "../../output.ts";
import { oneLine, plainText } from "../../plain-text.ts";
import type { Configure } from "../../session.ts";

const HELP = `
Compares settings key by key, and template, partials and schemas line by line.

Examples:
  $ baton prompts diff brief/write            # what is not committed
  $ baton prompts diff brief/write v2 main`;

export const configure: Configure = (command, session) => {
  withRoot(command)
    .argument("<prompt>", "name of the prompt")
    .argument("[versions...]", "from and to: tag, branch, commit or blob:<id>; without them HEAD and the files on disk")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", HELP)
    .action(async (name: string, versions: readonly string[], flags: PromptFlags) => {
      session.exitCode = await diff({ name, versions: readVersions(versions) }, flags, session.output);
    });
};

type Versions = readonly [from: PromptVersion, to: PromptVersion];

function readVersions([from = "HEAD", to, ...more]: readonly string[]): Versions {
  if (more.length === 0) return [parseVersion(from), to === undefined ? DISK : parseVersion(to)];
  throw new BatonError("bad-usage", `A prompt is compared in two versions; got ${more.length + 2}.`, {
    hint: "Write: baton prompts diff <prompt> [from] [to]",
  });
}

const DISK: PromptVersion = { kind: "disk" };

interface Comparison {
  readonly name: string;
  readonly versions: Versions;
}

async function diff({ name, versions: [from, to] }: Comparison, flags: PromptFlags, output: Output): Promise<number> {
  const prompts = await openPrompts(flags);
  using versions = prompts.versions();
  const before = await versions.pin({ name, version: from });
  const after = await versions.pin({ name, version: to });
  const found = diffPrompts(before, after);
  if (output.json) {
    const sides = { from: sideOf(before), to: sideOf(after) };
    output.document({ name, ...sides, same: before.closure === after.closure, ...found });
  } else if (before.closure === after.closure) output.note(`${name} is the same in both: ${after.ref}`);
  else output.result(print(before, { after, found }, output));
  return 0;
}

function sideOf({ ref, closure, dirty }: PromptPin): object {
  return { ref, closure, dirty };
}

function print(
  before: PromptPin,
  { after, found }: { readonly after: PromptPin; readonly found: PromptDiff },
  output: Output,
): string {
  const { out } = output.paint;
  const blocks = [
    `${out("red", `- ${shownRef(before)}`)}\n${out("green", `+ ${shownRef(after)}`)}`,
    ...(found.frontMatter.length === 0
      ? []
      : [`${out("bold", "front matter")}\n${found.frontMatter.map((change) => printKey(change, output)).join("\n")}`]),
    ...found.texts.map((change) => printText(change, output)),
    ...(found.isFormOnly ? ["Only comments or the form of the front matter differ."] : []),
  ];
  return blocks.join("\n\n");
}

function shownRef({ ref, closure, dirty }: PromptPin): string {
  return `${ref}${dirty ? " (dirty)" : ""}  closure ${closure.slice(0, 12)}`;
}

function printKey({ key, before, after }: KeyChange, { paint }: Output): string {
  const lines = [
    ...(before === undefined ? [] : [paint.out("red", `- ${shownKey(key, before)}`)]),
    ...(after === undefined ? [] : [paint.out("green", `+ ${shownKey(key, after)}`)]),
  ];
  return lines.join("\n");
}

function shownKey(key: string, value: JsonValue): string {
  return plainText(`${key}: ${oneLine(typeof value === "string" ? value : JSON.stringify(value), 400)}`);
}

function printText({ path, kind, change, hunks }: TextChange, { paint }: Output): string {
  const head = paint.out("bold", plainText(`${kind} ${path}${change === "changed" ? "" : ` (${change})`}`));
  const lines = hunks.flatMap(({ line, lines: changed }) => [
    paint.out("cyan", `@@ line ${line} @@`),
    ...changed.map((text) => {
      const plain = plainText(text);
      return text.startsWith("+") ? paint.out("green", plain) : text.startsWith("-") ? paint.out("red", plain) : plain;
    }),
  ]);
  return [head, ...lines].join("\n");
}
