import { createRequire } from "node:module";

import type Handlebars from "handlebars";

import type { AstProgram } from "./handlebars-ast.ts";
import { PromptError } from "./prompt-error.ts";
import type { TemplateNode } from "./template-node.ts";
import { readProgram } from "./template-tags.ts";

/** The template part of a prompt file: its text and the line of the file on which it starts. */
export interface TemplateText {
  /** How errors name the file. */
  readonly path: string;
  readonly text: string;
  readonly firstLine: number;
}

// Handlebars' parser needs time that grows with the square of the nesting: 20,000 nested blocks take minutes, 250 take 20 ms.
const MOST_BLOCKS = 250;
const MOST_TAGS = 5000;
const LONGEST_TAG = 1000;

/** Handlebars' parser without its compiler and runtime, loaded with the first template: a command that renders nothing does not wait for it. */
function loadParser(): Pick<typeof Handlebars, "parse"> {
  // What `Handlebars.parse` is, in the same package.
  return createRequire(import.meta.url)("handlebars/dist/cjs/handlebars/compiler/base.js") as typeof Handlebars;
}

let parser: ReturnType<typeof loadParser> | undefined;

/** Loads the parser before the first template needs it; for when there is nothing else to do. */
export function prepareParser(): void {
  parser ??= loadParser();
}

/**
 * Reads a template into the small tree that prompts may be made of. Only Handlebars' parser is used, never its compiler, so that no
 * template becomes code. Throws `prompt-invalid` with file, line and column for everything outside the prompt subset.
 */
export function parseTemplate(template: TemplateText): readonly TemplateNode[] {
  const text = template.text.replaceAll("\r\n", "\n");
  refuseExcess(template, text);
  const program = parse(template, text);
  return readProgram(program, { path: template.path, lineOffset: template.firstLine - 1, locals: [] });
}

function parse(template: TemplateText, text: string): AstProgram {
  try {
    // The cast is described in handlebars-ast.ts.
    parser ??= loadParser();
    return parser.parse(text) as unknown as AstProgram;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw syntaxError(template, text, error);
  }
}

function refuseExcess(template: TemplateText, text: string): void {
  const raw = text.indexOf("{{{{");
  if (raw !== -1) {
    throw problemAt(template, lineOf(text, raw), [
      "holds a raw block `{{{{…}}}}`, which prompts do not support.",
      PRINT_BRACES,
    ]);
  }
  const blocks = count(text, /\{\{~?\s*(?:[#^]|else\b)/gu);
  if (blocks > MOST_BLOCKS) {
    throw problemAt(template, 1, [
      `holds ${blocks} blocks; at most ${MOST_BLOCKS} are allowed.`,
      "Split the prompt into partials.",
    ]);
  }
  const tags = count(text, /\{\{/gu);
  if (tags > MOST_TAGS) {
    throw problemAt(template, 1, [
      `holds ${tags} tags; at most ${MOST_TAGS} are allowed.`,
      "Use `{{#each}}` for what repeats.",
    ]);
  }
  const long = LONG_TAG.exec(text);
  if (long !== null) {
    throw problemAt(template, lineOf(text, long.index), [
      `holds a tag of more than ${LONGEST_TAG} characters.`,
      "Close the tag with `}}`.",
    ]);
  }
}

const PRINT_BRACES = "Write `\\{{` to print two braces.";
const LONG_TAG = new RegExp(`\\{\\{(?!~?!)[^}]{${LONGEST_TAG}}`, "u");
const WRONG_CLOSE = /^(\S+) doesn't match (\S+) - /u;

/** Handlebars quotes the text around an error; a prompt may be secret, so only the position and the kind of the mistake are kept. */
function syntaxError(template: TemplateText, text: string, error: Error): PromptError {
  if (error instanceof RangeError)
    return problemAt(template, 1, ["is nested too deeply.", "Split the prompt into partials."]);
  const line = Number(/ on line (\d+)/u.exec(error.message)?.[1] ?? ("lineNumber" in error ? error.lineNumber : 1));
  const [, opened, closed] = WRONG_CLOSE.exec(error.message) ?? [];
  if (opened !== undefined) {
    return problemAt(template, line, [
      `closes \`{{#${opened}}}\` with \`{{/${closed}}}\`.`,
      "Close blocks in the reverse order of their opening.",
    ]);
  }
  if (error.message.endsWith("got 'EOF'")) {
    const hint = "Close each `{{#…}}` with its `{{/…}}`, and each `{{` with `}}`.";
    return problemAt(template, count(text, /\n/gu) + 1, ["ends before every block and tag is closed.", hint]);
  }
  return problemAt(template, line, [
    "holds a tag that cannot be read.",
    `${PRINT_BRACES} The tags that prompts know are in docs/prompts.md.`,
  ]);
}

function problemAt(
  template: TemplateText,
  line: number,
  [what, hint]: readonly [what: string, hint: string],
): PromptError {
  const place = { path: template.path, line: line + template.firstLine - 1 };
  return new PromptError("prompt-invalid", { message: `The template ${what}`, place, hint });
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function lineOf(text: string, index: number): number {
  return count(text.slice(0, index), /\n/gu) + 1;
}
