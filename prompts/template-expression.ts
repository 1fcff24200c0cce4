import type { AstExpression, AstPath } from "./handlebars-ast.ts";
import { PromptError, type Place } from "./prompt-error.ts";
import type { Expression, LoopName } from "./template-node.ts";

/** What is known while a template is read: how its file is called, where it starts there, and the block parameters in reach. */
export interface ReadContext {
  readonly path: string;
  readonly lineOffset: number;
  readonly locals: readonly string[];
}

const LOOP_NAMES: ReadonlySet<string> = new Set<LoopName>(["index", "key", "first", "last"]);

/** Reads the value of a tag: a path or a literal. Throws `prompt-invalid` for nested helper calls and unknown `@` names. */
export function readExpression(expression: AstExpression, context: ReadContext): Expression {
  const place = placeOf(expression, context);
  switch (expression.type) {
    case "StringLiteral":
    case "NumberLiteral":
    case "BooleanLiteral":
      return { kind: "literal", value: expression.value, place };
    case "NullLiteral":
    case "UndefinedLiteral":
      return { kind: "literal", value: null, place };
    case "SubExpression":
      throw new PromptError("prompt-invalid", {
        message: "The template calls a helper inside a tag `(…)`, which prompts do not support.",
        place,
        hint: "Compute the value in a node of the workflow and pass it as a variable.",
      });
    case "PathExpression":
      return expression.data ? readDataPath(expression, place) : readPath(expression, context);
  }
}

function readDataPath(path: AstPath, place: Place): Expression {
  const [name = "", ...parts] = path.parts;
  if (path.depth === 0 && name === "root")
    return { kind: "path", start: { from: "root" }, parts, text: path.original, place };
  if (path.depth === 0 && parts.length === 0 && isLoopName(name)) return { kind: "loop", name, place };
  throw new PromptError("prompt-invalid", {
    message: `The template uses \`{{${path.original}}}\`, which prompts do not know.`,
    place,
    hint: "Prompts know `@root`, `@index`, `@key`, `@first` and `@last`; name an outer loop's index with `{{#each xs as |x i|}}`.",
  });
}

function readPath(path: AstPath, context: ReadContext): Expression {
  const place = placeOf(path, context);
  const [name = "", ...parts] = path.parts;
  const explicit = /^(?:this|\.{1,2})(?:$|[./])/u.test(path.original);
  if (!explicit && context.locals.includes(name))
    return { kind: "path", start: { from: "local", name }, parts, text: path.original, place };
  return { kind: "path", start: { from: "context", depth: path.depth }, parts: path.parts, text: path.original, place };
}

function placeOf(expression: AstExpression, context: ReadContext): Place {
  return {
    path: context.path,
    line: expression.loc.start.line + context.lineOffset,
    column: expression.loc.start.column + 1,
  };
}

function isLoopName(name: string): name is LoopName {
  return LOOP_NAMES.has(name);
}
