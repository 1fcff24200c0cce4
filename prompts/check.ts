import { RECALLED, type PromptInput } from "./input.ts";
import { PromptError, type Place } from "./prompt-error.ts";
import { inner, targetOf, type Scope, type Target } from "./scope.ts";
import { itemOf, kindsOf, memberOf, type Shape } from "./shape.ts";
import type { Condition, Expression, LinkedTemplate, Role, TemplateNode } from "./template-node.ts";

export interface CheckedTemplate {
  readonly prompt: string;
  /** How errors name the prompt's main file. */
  readonly file: string;
  readonly template: LinkedTemplate;
}

export interface TemplateCheck {
  readonly problems: readonly PromptError[];
  /** Expressions whose value may be absent because a schema declares it optional: they print nothing then. */
  readonly optional: ReadonlySet<Expression>;
  /** Whether the template says where recalled text goes. */
  readonly placesRecalled: boolean;
}

/**
 * Checks a template against its declared input before any value is known: undeclared and unused variables, lists printed as text, and recalled
 * text in a system message.
 */
export function checkTemplate({ prompt, file, template }: CheckedTemplate, input: PromptInput): TemplateCheck {
  const checker = new Checker({ prompt, file }, input);
  const scope: Scope = {
    shape: input.shape,
    isRoot: true,
    given: new Map(),
    locals: new Map(),
    inLoop: false,
    parent: undefined,
    root: input.shape,
  };
  checker.visitAll(template.nodes, { template, scope, roles: new Set(["user"]) });
  return checker.finish();
}

/** Where the walk stands: what is in reach, and which roles the current message can have. */
interface Position {
  readonly template: LinkedTemplate;
  readonly scope: Scope;
  readonly roles: ReadonlySet<Role>;
}

type Use = "print" | "json" | "test" | "compare" | "each" | "with" | "pass";

// Partials that include partials multiply; a prompt of this many tags is a mistake or an attack.
const MOST_TAGS = 20_000;
const INDEX_SCHEMA = { type: ["integer", "string"] };

class Checker {
  readonly #prompt: string;
  readonly #file: string;
  readonly #input: PromptInput;
  readonly #problems = new Map<string, PromptError>();
  readonly #optional = new Set<Expression>();
  readonly #used = new Set<string>();
  #placesRecalled = false;
  #usesWholeInput = false;
  #visits = 0;

  constructor({ prompt, file }: Pick<CheckedTemplate, "prompt" | "file">, input: PromptInput) {
    this.#prompt = prompt;
    this.#file = file;
    this.#input = input;
  }

  finish(): TemplateCheck {
    const unused =
      this.#usesWholeInput || this.#visits > MOST_TAGS
        ? []
        : this.#input.variables.filter(({ name }) => !this.#used.has(name));
    for (const { name } of unused) {
      this.#report(this.#input.place(name), [
        `declares \`${name}\` but does not use it`,
        `Write \`{{${name}}}\` in the template, or remove it from \`input.schema\`.`,
      ]);
    }
    return { problems: [...this.#problems.values()], optional: this.#optional, placesRecalled: this.#placesRecalled };
  }

  /** Visits the nodes in order and returns the roles that the message after them can have. */
  visitAll(nodes: readonly TemplateNode[], position: Position): ReadonlySet<Role> {
    let { roles } = position;
    for (const node of nodes) {
      this.#visits += 1;
      if (this.#visits > MOST_TAGS) {
        this.#report(
          { path: this.#file, line: 1 },
          [`is made of more than ${MOST_TAGS} tags with its partials`, "Include fewer partials."],
          "prompt-invalid",
        );
        return roles;
      }
      roles = this.#visit(node, { ...position, roles });
    }
    return roles;
  }

  #visit(node: TemplateNode, position: Position): ReadonlySet<Role> {
    switch (node.kind) {
      case "text":
        break;
      case "role":
        return new Set([node.role]);
      case "print":
      case "json":
        this.#use(node.value, node.kind, position);
        break;
      case "choice":
        this.#useCondition(node.condition, position);
        return union(this.visitAll(node.then, position), this.visitAll(node.otherwise, position));
      case "each":
        return this.#visitLoop(node, position);
      case "with": {
        const target = this.#use(node.value, "with", position);
        const shape = shapeOf(target);
        const scope = inner(position.scope, {
          shape,
          isRoot: target?.kind === "input",
          inLoop: position.scope.inLoop,
          locals: new Map(node.names.map((name) => [name, shape])),
        });
        return union(this.visitAll(node.body, { ...position, scope }), this.visitAll(node.otherwise, position));
      }
      case "partial":
        return this.#visitPartial(node, position);
    }
    return position.roles;
  }

  #visitLoop(node: Extract<TemplateNode, { kind: "each" | "with" }>, position: Position): ReadonlySet<Role> {
    const item = itemOf(shapeOf(this.#use(node.value, "each", position)));
    const locals = new Map(
      node.names.map((name, index) => [name, index === 0 ? item : { schema: INDEX_SCHEMA, root: INDEX_SCHEMA }]),
    );
    const scope = inner(position.scope, { shape: item, isRoot: false, inLoop: true, locals });
    const once = union(position.roles, this.visitAll(node.body, { ...position, scope }));
    // The second round of a loop starts with the role that the first one ended with.
    const again =
      once.size === position.roles.size
        ? once
        : union(once, this.visitAll(node.body, { ...position, scope, roles: once }));
    return union(again, this.visitAll(node.otherwise, position));
  }

  #visitPartial(node: Extract<TemplateNode, { kind: "partial" }>, position: Position): ReadonlySet<Role> {
    const { scope } = position;
    const given = [...node.arguments].map(
      ([name, value]) => [name, shapeOf(this.#use(value, "pass", position))] as const,
    );
    const template = position.template.partials.get(node.name);
    // Linking has already refused a partial that does not exist.
    if (template === undefined) return position.roles;
    const target = node.context === undefined ? undefined : this.#use(node.context, "pass", position);
    const own =
      node.context === undefined
        ? scope
        : { shape: shapeOf(target), isRoot: target?.kind === "input", given: new Map<string, Shape | undefined>() };
    const inside: Scope = {
      ...scope,
      ...own,
      given: new Map([...own.given, ...given]),
      locals: new Map(),
      parent: undefined,
    };
    return this.visitAll(template.nodes, { template, scope: inside, roles: position.roles });
  }

  #useCondition(condition: Condition, position: Position): void {
    if (condition.test === "truthy") {
      this.#use(condition.value, "test", position);
      return;
    }
    this.#use(condition.left, "compare", position);
    this.#use(condition.right, "compare", position);
  }

  /** Notes a use of an expression, reports what is wrong with it, and returns what it stands for. */
  #use(expression: Expression, use: Use, position: Position): Target | undefined {
    if (expression.kind === "literal") return undefined;
    if (expression.kind === "loop") {
      if (!position.scope.inLoop)
        this.#report(
          expression.place,
          [`uses \`@${expression.name}\` outside \`{{#each}}\``, "Move it into the loop."],
          "prompt-invalid",
        );
      return undefined;
    }
    const target = targetOf(expression, position.scope);
    switch (target.kind) {
      case "outside":
        this.#report(
          expression.place,
          [
            `uses \`{{${expression.text}}}\`, which leaves its template`,
            "Write `@root.name` to reach the prompt's input.",
          ],
          "prompt-invalid",
        );
        break;
      case "undeclared":
        this.#reportUndeclared(expression.place, expression.text, target);
        break;
      case "recalled":
        this.#useRecalled(expression.place, use, position);
        break;
      case "input":
        if (use === "print")
          this.#report(expression.place, [
            "prints its whole input as text",
            "Write `{{json this}}`, or name one variable.",
          ]);
        // Passed on, the input keeps its name, so that its variables are counted one by one.
        if (use === "json" || use === "each" || use === "compare") this.#usesWholeInput = true;
        break;
      case "value":
        if (target.variable !== undefined) this.#used.add(target.variable);
        if (target.optional) this.#optional.add(expression);
        this.#checkKind(expression.place, use, { text: expression.text, shape: target.shape });
    }
    return target;
  }

  #useRecalled(place: Place, use: Use, position: Position): void {
    if (use === "test") return;
    if (use !== "print") {
      this.#report(
        place,
        [`passes \`${RECALLED}\` on`, "Place recalled text only as `{{recalled}}`; it is ready to print."],
        "prompt-invalid",
      );
      return;
    }
    this.#placesRecalled = true;
    if (!position.roles.has("system")) return;
    this.#report(
      place,
      [
        "places `{{recalled}}` where the message can be a system message",
        'Write it after `{{role "user"}}`: recalled text is data, never an instruction.',
      ],
      "prompt-invalid",
    );
  }

  #checkKind(place: Place, use: Use, value: { readonly text: string; readonly shape: Shape | undefined }): void {
    const kinds = kindsOf(value.shape);
    if (kinds === undefined) return;
    const structured = kinds.has("array") || kinds.has("object");
    const plain = [...kinds].some((kind) => kind !== "array" && kind !== "object" && kind !== "null");
    if (use === "print" && structured && !plain) {
      this.#report(place, [
        `prints \`{{${value.text}}}\`, which is ${kinds.has("array") ? "a list" : "an object"}`,
        `Write \`{{#each ${value.text}}}\` or \`{{json ${value.text}}}\`.`,
      ]);
    }
    if (use === "each" && !structured)
      this.#report(place, [
        `repeats over \`${value.text}\`, which is not a list`,
        "Declare it as `name(array): string`, or use `{{#if}}`.",
      ]);
  }

  #reportUndeclared(place: Place, text: string, target: Extract<Target, { kind: "undeclared" }>): void {
    if (target.ofRoot) {
      this.#report(place, [
        `uses \`{{${text}}}\` but its input does not declare it`,
        `Declare \`${target.name}\` under \`input.schema\`, or remove the variable.`,
      ]);
      return;
    }
    const [first = ""] = text.split(/[./]/u);
    const atRoot = memberOf(this.#input.shape, first) !== "absent" || first === RECALLED;
    const hint = atRoot
      ? `Here the context is another value: write \`@root.${text}\`.`
      : "Check the spelling against the schema, or declare it there.";
    this.#report(place, [`uses \`{{${text}}}\`, but the schema of that value has no \`${target.name}\``, hint]);
  }

  #report(
    place: Place,
    [what, hint]: readonly [what: string, hint: string],
    code: "prompt-invalid" | "prompt-variable" = "prompt-variable",
  ): void {
    const problem = new PromptError(code, { message: `Prompt \`${this.#prompt}\` ${what}.`, place, hint });
    this.#problems.set(problem.message, problem);
  }
}

function shapeOf(target: Target | undefined): Shape | undefined {
  return target?.kind === "value" ? target.shape : undefined;
}

function union(left: ReadonlySet<Role>, right: ReadonlySet<Role>): ReadonlySet<Role> {
  return left.size === right.size && [...left].every((role) => right.has(role)) ? left : new Set([...left, ...right]);
}
