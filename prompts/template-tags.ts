import type {
  AstBlock,
  AstHash,
  AstLocation,
  AstMustache,
  AstPartial,
  AstProgram,
  AstStatement,
  AstTag,
} from "./handlebars-ast.ts";
import { readExpression, type ReadContext } from "./template-expression.ts";
import { PromptError } from "./prompt-error.ts";
import type { Condition, Expression, Role, TemplateNode } from "./template-node.ts";

const ROLES = new Map<string, Role>([
  ["system", "system"],
  ["user", "user"],
  ["model", "assistant"],
  ["assistant", "assistant"],
]);

const NOT_SUPPORTED = new Map([
  ["history", "Read earlier turns through the agent's memory layers: they arrive in `{{recalled}}`."],
  ["media", "Prompts of Baton are text; pass a description or a link as a variable."],
  ["section", "Write the section's text in the prompt, or include a partial with `{{> name}}`."],
  ["lookup", "Write the path itself, such as `{{findings.[0].claim}}`."],
  ["log", "Remove it; `baton show` prints the rendered prompt."],
]);

/** Turns parsed Handlebars into prompt nodes; throws `prompt-invalid` at the first tag outside the subset. */
export function readProgram(program: AstProgram | undefined, context: ReadContext): readonly TemplateNode[] {
  return (program?.body ?? []).flatMap((statement) => readStatement(statement, context));
}

function readStatement(statement: AstStatement, context: ReadContext): readonly TemplateNode[] {
  switch (statement.type) {
    case "ContentStatement":
      return statement.value === "" ? [] : [{ kind: "text", text: statement.value }];
    case "CommentStatement":
      return [];
    case "MustacheStatement":
      return [readMustache(statement, context)];
    case "BlockStatement":
      return [readBlock(statement, context)];
    case "PartialStatement":
      return [readPartial(statement, context)];
    case "PartialBlockStatement":
      throw refused(statement.loc, context, [
        "includes a partial with a block `{{#> …}}`.",
        "Include it with `{{> name}}` and pass values as `key=value`.",
      ]);
    case "Decorator":
    case "DecoratorBlock":
      throw refused(statement.loc, context, ["holds a decorator `{{*…}}`, which could run code.", "Remove it."]);
  }
}

function readMustache(tag: AstMustache, context: ReadContext): TemplateNode {
  const name = nameOf(tag, context);
  if (name === "role") return { kind: "role", role: readRole(tag, context), place: placeOf(tag.loc, context) };
  if (name === "json") {
    return { kind: "json", value: oneValue(tag, context), indent: readIndent(tag, context) };
  }
  if (tag.params.length === 0 && tag.hash === undefined && !BLOCKS.has(name))
    return { kind: "print", value: readExpression(tag.path, context) };
  if (BLOCKS.has(name))
    throw refused(tag.loc, context, [
      `uses \`{{${name}}}\` without a block.`,
      `Write \`{{#${name} …}}…{{/${name}}}\`.`,
    ]);
  throw unknownHelper(name, tag, context);
}

const BLOCKS = new Set(["if", "unless", "each", "with", "ifEquals", "unlessEquals"]);

function readBlock(tag: AstBlock, context: ReadContext): TemplateNode {
  const name = nameOf(tag, context);
  if (!BLOCKS.has(name)) throw unknownHelper(name, tag, context);
  // `{{^each x}}` is a block without a body of its own: Handlebars runs its text when the block would be skipped.
  const names = tag.program?.blockParams ?? [];
  refuseHash(tag, context);
  if (name === "each" || name === "with") {
    if (names.length > (name === "each" ? 2 : 1))
      throw refused(tag.loc, context, [
        `names too many block parameters for \`{{#${name}}}\`.`,
        "`each` gives two (item, index), `with` gives one.",
      ]);
    const body = readProgram(tag.program, { ...context, locals: [...context.locals, ...names] });
    return { kind: name, value: oneValue(tag, context), names, body, otherwise: readProgram(tag.inverse, context) };
  }
  if (names.length > 0)
    throw refused(tag.loc, context, [
      `names block parameters for \`{{#${name}}}\`, which gives none.`,
      "Remove `as |…|`.",
    ]);
  const body = readProgram(tag.program, context);
  const otherwise = readProgram(tag.inverse, context);
  const condition = readCondition(name, tag, context);
  const negated = name === "unless" || name === "unlessEquals";
  return negated
    ? { kind: "choice", condition, body: otherwise, otherwise: body }
    : { kind: "choice", condition, body, otherwise };
}

function readCondition(name: string, tag: AstBlock, context: ReadContext): Condition {
  if (name === "if" || name === "unless") return { test: "truthy", value: oneValue(tag, context) };
  const [left, right] = twoValues(tag, context);
  return { test: "equal", left, right };
}

function readPartial(tag: AstPartial, context: ReadContext): TemplateNode {
  const place = placeOf(tag.loc, context);
  if (tag.name.type !== "PathExpression" || tag.name.data || tag.name.depth > 0) {
    throw refused(tag.loc, context, [
      "includes a partial whose name is not fixed.",
      "Write the name itself: `{{> house-style}}`.",
    ]);
  }
  if (tag.params.length > 1)
    throw refused(tag.loc, context, ["gives a partial more than one context.", "Pass further values as `key=value`."]);
  const [given] = tag.params;
  return {
    kind: "partial",
    name: tag.name.original,
    place,
    context: given === undefined ? undefined : readExpression(given, context),
    arguments: new Map((tag.hash?.pairs ?? []).map(({ key, value }) => [key, readExpression(value, context)])),
    indent: tag.indent,
  };
}

function readRole(tag: AstTag, context: ReadContext): Role {
  const [given] = tag.params;
  const role = tag.params.length === 1 && given?.type === "StringLiteral" ? ROLES.get(given.value) : undefined;
  if (role === undefined || tag.hash !== undefined) {
    throw refused(tag.loc, context, [
      "gives `{{role}}` something that is not a role.",
      'Write `{{role "system"}}`, `{{role "user"}}` or `{{role "model"}}`.',
    ]);
  }
  return role;
}

function readIndent(tag: AstTag, context: ReadContext): number {
  const [pair, ...more] = tag.hash?.pairs ?? [];
  if (pair === undefined) return 0;
  const { value } = pair;
  if (
    more.length === 0 &&
    pair.key === "indent" &&
    value.type === "NumberLiteral" &&
    value.value >= 0 &&
    value.value <= 8
  )
    return Math.trunc(value.value);
  throw refused(pair.loc, context, [
    "gives `{{json}}` an unknown option.",
    "`json` takes a value and `indent=0` to `indent=8`.",
  ]);
}

function oneValue(tag: AstTag, context: ReadContext): Expression {
  const [value, ...more] = tag.params;
  if (value === undefined || more.length > 0) throw wrongCount(tag, 1, context);
  return readExpression(value, context);
}

function twoValues(tag: AstTag, context: ReadContext): readonly [Expression, Expression] {
  const [left, right, ...more] = tag.params;
  if (left === undefined || right === undefined || more.length > 0) throw wrongCount(tag, 2, context);
  return [readExpression(left, context), readExpression(right, context)];
}

function wrongCount(tag: AstTag, expected: number, context: ReadContext): PromptError {
  const what = `gives \`${nameOf(tag, context)}\` ${tag.params.length} values instead of ${expected}.`;
  return refused(tag.loc, context, [
    what,
    "Write `{{#if x}}`, `{{#each xs}}`, `{{#with x}}`, `{{#ifEquals a b}}` or `{{json x}}`.",
  ]);
}

function refuseHash(tag: AstTag, context: ReadContext): void {
  const pairs: AstHash["pairs"] = tag.hash?.pairs ?? [];
  const [pair] = pairs;
  if (pair !== undefined)
    throw refused(pair.loc, context, [
      `gives \`${nameOf(tag, context)}\` the option \`${pair.key}\`, which it does not have.`,
      "Remove it.",
    ]);
}

function nameOf(tag: AstTag, context: ReadContext): string {
  if (tag.path.type === "PathExpression") return tag.path.original;
  throw refused(tag.loc, context, ["prints a literal value.", "Write the text itself, outside the braces."]);
}

function unknownHelper(name: string, tag: AstTag, context: ReadContext): PromptError {
  const hint =
    NOT_SUPPORTED.get(name) ??
    "Prompts know `if`, `unless`, `each`, `with`, `ifEquals`, `unlessEquals`, `json`, `role` and `{{> partial}}`.";
  return refused(tag.loc, context, [`uses \`${name}\` as a helper, which prompts do not know.`, hint]);
}

function refused(
  loc: AstLocation,
  context: ReadContext,
  [what, hint]: readonly [what: string, hint: string],
): PromptError {
  return new PromptError("prompt-invalid", { message: `The template ${what}`, place: placeOf(loc, context), hint });
}

function placeOf(loc: AstLocation, context: ReadContext): { path: string; line: number; column: number } {
  return { path: context.path, line: loc.start.line + context.lineOffset, column: loc.start.column + 1 };
}
