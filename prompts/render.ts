import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { LONGEST_PROMPT, MessageWriter, type PromptMessage } from "./messages.ts";
import { PromptError, type Place } from "./prompt-error.ts";
import { RECALLED } from "./input.ts";
import { jsonTypeOf, withArticle } from "./shape.ts";
import type { Condition, Expression, LinkedTemplate, LoopName, OptionalSteps, TemplateNode } from "./template-node.ts";

/** A checked template, ready to be filled. */
export interface RenderPlan {
  readonly prompt: string;
  /** How errors name the prompt's main file. */
  readonly file: string;
  readonly template: LinkedTemplate;
  readonly optional: OptionalSteps;
}

/** The values of one rendering: the checked input, and recalled text, which only `{{recalled}}` reaches. */
export interface RenderValues {
  readonly input: JsonObject;
  readonly recalled: string;
}

/**
 * Fills a template. Values are looked up as own properties and written as text; they are never read as a template and never start a message.
 * Throws `prompt-variable` with the place of the tag when a value is missing or cannot be printed.
 */
export function renderTemplate(plan: RenderPlan, values: RenderValues): readonly PromptMessage[] {
  const renderer = new Renderer(plan, values);
  renderer.runAll(plan.template.nodes, {
    template: plan.template,
    frame: {
      context: values.input,
      isRoot: true,
      given: new Map(),
      locals: new Map(),
      loop: undefined,
      parent: undefined,
    },
  });
  return renderer.finish();
}

interface Frame {
  readonly context: JsonValue | undefined;
  readonly isRoot: boolean;
  readonly given: ReadonlyMap<string, JsonValue | undefined>;
  readonly locals: ReadonlyMap<string, JsonValue | undefined>;
  readonly loop: Readonly<Record<LoopName, JsonValue>> | undefined;
  readonly parent: Frame | undefined;
}

interface Position {
  readonly template: LinkedTemplate;
  readonly frame: Frame;
}

// Loops in loops over long lists: far above any real prompt, below a second of work.
const MOST_STEPS = 2_000_000;

class Renderer {
  readonly #plan: RenderPlan;
  readonly #values: RenderValues;
  readonly #writer = new MessageWriter();
  #steps = 0;

  constructor(plan: RenderPlan, values: RenderValues) {
    this.#plan = plan;
    this.#values = values;
  }

  finish(): readonly PromptMessage[] {
    return this.#writer.finish();
  }

  runAll(nodes: readonly TemplateNode[], position: Position): void {
    for (const node of nodes) {
      this.#run(node, position);
      this.#steps += 1;
      if (this.#steps > MOST_STEPS || this.#writer.length > LONGEST_PROMPT) throw this.#tooLong();
    }
  }

  #run(node: TemplateNode, position: Position): void {
    const { frame } = position;
    switch (node.kind) {
      case "text":
        return this.#writer.text(node.text);
      case "role":
        return this.#writer.role(node.role);
      case "print":
        return this.#writer.value(this.#print(node.value, frame));
      case "json":
        return this.#writer.value(JSON.stringify(this.#required(node.value, frame), null, node.indent));
      case "choice":
        return this.runAll(this.#holds(node.condition, frame) ? node.body : node.otherwise, position);
      case "each":
        return this.#repeat(node, position);
      case "with": {
        const context = this.#find(node.value, frame);
        if (isEmpty(context) && context !== 0) return this.runAll(node.otherwise, position);
        const locals = new Map(node.names.map((name) => [name, context]));
        return this.runAll(node.body, {
          ...position,
          frame: {
            ...frame,
            ...this.#contextOf(node.value, frame),
            locals: new Map([...frame.locals, ...locals]),
            parent: frame,
          },
        });
      }
      case "partial":
        return this.#include(node, position);
    }
  }

  #repeat(node: Extract<TemplateNode, { kind: "each" | "with" }>, position: Position): void {
    const { frame } = position;
    const list = this.#find(node.value, frame);
    if (list !== undefined && list !== null && typeof list !== "object") {
      throw this.#problem(node.value.place, [
        `repeats over ${withArticle(jsonTypeOf(list))}`,
        "Pass a list, or use `{{#if}}`.",
      ]);
    }
    const entries: readonly (readonly [JsonValue, JsonValue | undefined])[] = Array.isArray(list)
      ? list.map((item, index) => [index, item])
      : Object.entries(list ?? {});
    if (entries.length === 0) return this.runAll(node.otherwise, position);
    const [itemName, keyName] = node.names;
    for (const [index, [key, item]] of entries.entries()) {
      const locals = new Map(frame.locals);
      if (itemName !== undefined) locals.set(itemName, item);
      if (keyName !== undefined) locals.set(keyName, key);
      const loop = { index, key, first: index === 0, last: index === entries.length - 1 };
      this.runAll(node.body, {
        ...position,
        frame: { context: item, isRoot: false, given: new Map(), locals, loop, parent: frame },
      });
    }
  }

  #include(node: Extract<TemplateNode, { kind: "partial" }>, { template, frame }: Position): void {
    const partial = template.partials.get(node.name);
    // Linking has refused partials that do not exist.
    if (partial === undefined) return;
    const given = [...node.arguments].map(([name, value]) => [name, this.#required(value, frame)] as const);
    const own = node.context === undefined ? frame : this.#contextOf(node.context, frame);
    const inside: Frame = {
      ...frame,
      ...own,
      given: new Map([...own.given, ...given]),
      locals: new Map(),
      parent: undefined,
    };
    this.#writer.indent(node.indent, () => this.runAll(partial.nodes, { template: partial, frame: inside }));
  }

  #contextOf(expression: Expression, frame: Frame): Pick<Frame, "context" | "isRoot" | "given"> {
    const context = this.#find(expression, frame);
    return { context, isRoot: context === this.#values.input, given: new Map() };
  }

  #holds(condition: Condition, frame: Frame): boolean {
    if (condition.test === "truthy") return !isEmpty(this.#find(condition.value, frame));
    return (this.#find(condition.left, frame) ?? null) === (this.#find(condition.right, frame) ?? null);
  }

  #print(expression: Expression, frame: Frame): string {
    const value = this.#required(expression, frame);
    if (value === null) return "";
    if (typeof value !== "object") return String(value);
    throw this.#problem(expression.place, [
      `prints ${withArticle(jsonTypeOf(value))} as text`,
      "Write `{{#each …}}` or `{{json …}}`.",
    ]);
  }

  #required(expression: Expression, frame: Frame): JsonValue {
    const value = this.#find(expression, frame);
    if (value !== undefined) return value;
    if (this.#mayBeAbsent(expression, frame)) return null;
    const shown = expression.kind === "path" ? `{{${expression.text}}}` : "a value";
    throw this.#problem(expression.place, [
      `uses \`${shown}\`, which its values do not have`,
      "Pass it, or test it with `{{#if}}` first.",
    ]);
  }

  #mayBeAbsent(expression: Expression, frame: Frame): boolean {
    const steps = this.#plan.optional.get(expression);
    if (steps === undefined || expression.kind !== "path") return false;
    const { parts } = expression;
    const absent = parts.findIndex(
      (_, step) => (this.#find({ ...expression, parts: parts.slice(0, step + 1) }, frame) ?? null) === null,
    );
    return steps.has(absent);
  }

  #find(expression: Expression, frame: Frame): JsonValue | undefined {
    if (expression.kind === "literal") return expression.value;
    if (expression.kind === "loop") return frame.loop?.[expression.name];
    const { start, parts } = expression;
    if (start.from === "local") return descend(frame.locals.get(start.name), parts);
    const [first, ...rest] = parts;
    if (start.from === "root") return first === RECALLED ? this.#values.recalled : descend(this.#values.input, parts);
    let from: Frame | undefined = frame;
    for (let up = 0; up < start.depth; up += 1) from = from?.parent;
    if (from === undefined) return undefined;
    if (first !== undefined && from.given.has(first)) return descend(from.given.get(first), rest);
    return from.isRoot && first === RECALLED ? this.#values.recalled : descend(from.context, parts);
  }

  #tooLong(): PromptError {
    return this.#problem({ path: this.#plan.file, line: 1 }, [
      `renders to more than ${LONGEST_PROMPT} characters or ${MOST_STEPS} steps`,
      "Pass shorter lists, or do not nest the loops.",
    ]);
  }

  #problem(place: Place, [what, hint]: readonly [what: string, hint: string]): PromptError {
    return new PromptError("prompt-variable", { message: `Prompt \`${this.#plan.prompt}\` ${what}.`, place, hint });
  }
}

/** Own properties only: nothing is ever found on a prototype. */
function descend(start: JsonValue | undefined, parts: readonly string[]): JsonValue | undefined {
  let value = start;
  for (const part of parts) {
    if (Array.isArray(value))
      value = part === "length" ? value.length : /^\d+$/u.test(part) ? value[Number(part)] : undefined;
    else value = isJsonObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return value;
}

/** What Handlebars takes as false: absent, null, false, 0, "" and the empty list. */
function isEmpty(value: JsonValue | undefined): boolean {
  return (
    value === undefined ||
    value === null ||
    value === false ||
    value === 0 ||
    value === "" ||
    (Array.isArray(value) && value.length === 0)
  );
}
