import { RECALLED, type PromptInput } from "./input.ts";
import { PromptError, type Place } from "./prompt-error.ts";
import { targetOf, type Scope, type Target } from "./scope.ts";
import { kindsOf, memberOf, type Shape } from "./shape.ts";
import type { Expression, Role } from "./template-node.ts";

/** What a tag does with a value. */
export type Use = "print" | "json" | "test" | "compare" | "each" | "with" | "pass";

/** Where a value is used: what is in reach, and which roles the message can have there. */
export interface UsePlace {
  readonly scope: Scope;
  readonly roles: ReadonlySet<Role>;
}

type Complaint = readonly [what: string, hint: string];

/** Follows each variable of a template to its declaration and collects what is wrong. */
export class VariableUses {
  readonly #prompt: string;
  readonly #input: PromptInput;
  readonly #problems = new Map<string, PromptError>();
  readonly #used = new Set<string>();
  #usesWholeInput = false;
  /** Which steps of which paths may lead to nothing, because a schema declares them optional. */
  readonly optional = new Map<Expression, ReadonlySet<number>>();
  placesRecalled = false;

  constructor(prompt: string, input: PromptInput) {
    this.#prompt = prompt;
    this.#input = input;
  }

  get problems(): readonly PromptError[] {
    return [...this.#problems.values()];
  }

  /** Reports the declared variables that no tag used. */
  reportUnused(): void {
    if (this.#usesWholeInput) return;
    for (const { name } of this.#input.variables.filter((variable) => !this.#used.has(variable.name))) {
      const hint = `Write \`{{${name}}}\` in the template, or remove it from \`input.schema\`.`;
      this.#report(this.#input.place(name), [`declares \`${name}\` but does not use it`, hint]);
    }
  }

  /** Reports a mistake of the template itself. */
  reportTemplate(place: Place, complaint: Complaint): void {
    this.#report(place, complaint, "prompt-invalid");
  }

  /** Notes a use of an expression, reports what is wrong with it, and returns what it stands for; undefined for literals and loop values. */
  note(expression: Expression, use: Use, at: UsePlace): Target | undefined {
    if (expression.kind === "literal") return undefined;
    const { place } = expression;
    if (expression.kind === "loop") {
      if (!at.scope.inLoop)
        this.reportTemplate(place, [`uses \`@${expression.name}\` outside \`{{#each}}\``, "Move it into the loop."]);
      return undefined;
    }
    const { text } = expression;
    const target = targetOf(expression, at.scope);
    switch (target.kind) {
      case "outside":
        this.reportTemplate(place, [
          `uses \`{{${text}}}\`, which leaves its template`,
          "Write `@root.name` to reach the prompt's input.",
        ]);
        break;
      case "undeclared":
        this.#reportUndeclared(place, text, target);
        break;
      case "recalled":
        this.#noteRecalled(place, use, at.roles);
        break;
      case "input":
        if (use === "print")
          this.#report(place, ["prints its whole input as text", "Write `{{json this}}`, or name one variable."]);
        // Passed on, the input keeps its name, so that its variables are counted one by one.
        if (use === "json" || use === "each" || use === "compare") this.#usesWholeInput = true;
        break;
      case "value":
        if (target.variable !== undefined) this.#used.add(target.variable);
        this.#allowAbsent(expression, target.optional);
        this.#checkKind(place, use, { text, shape: target.shape });
    }
    return target;
  }

  /** A partial's path is seen once for each of its uses. */
  #allowAbsent(expression: Expression, steps: readonly number[]): void {
    if (steps.length > 0) this.optional.set(expression, new Set([...(this.optional.get(expression) ?? []), ...steps]));
  }

  #noteRecalled(place: Place, use: Use, roles: ReadonlySet<Role>): void {
    if (use === "test") return;
    if (use !== "print") {
      this.reportTemplate(place, [
        `passes \`${RECALLED}\` on`,
        "Place recalled text only as `{{recalled}}`; it is ready to print.",
      ]);
      return;
    }
    this.placesRecalled = true;
    if (!roles.has("system")) return;
    const hint = 'Write it after `{{role "user"}}`: recalled text is data, never an instruction.';
    this.reportTemplate(place, ["places `{{recalled}}` where the message can be a system message", hint]);
  }

  #checkKind(place: Place, use: Use, value: { readonly text: string; readonly shape: Shape | undefined }): void {
    const kinds = kindsOf(value.shape);
    if (kinds === undefined) return;
    const structured = kinds.has("array") || kinds.has("object");
    const plain = [...kinds].some((kind) => kind !== "array" && kind !== "object" && kind !== "null");
    if (use === "print" && structured && !plain) {
      const hint = `Write \`{{#each ${value.text}}}\` or \`{{json ${value.text}}}\`.`;
      this.#report(place, [
        `prints \`{{${value.text}}}\`, which is ${kinds.has("array") ? "a list" : "an object"}`,
        hint,
      ]);
    }
    if (use === "each" && !structured) {
      this.#report(place, [
        `repeats over \`${value.text}\`, which is not a list`,
        "Declare it as `name(array): string`, or use `{{#if}}`.",
      ]);
    }
  }

  #reportUndeclared(place: Place, text: string, target: Extract<Target, { kind: "undeclared" }>): void {
    if (target.ofRoot) {
      const hint = `Declare \`${target.name}\` under \`input.schema\`, or remove the variable.`;
      this.#report(place, [`uses \`{{${text}}}\` but its input does not declare it`, hint]);
      return;
    }
    const [first = ""] = text.split(/[./]/u);
    const atRoot = first === RECALLED || memberOf(this.#input.shape, first) !== "absent";
    const hint = atRoot
      ? `Here the context is another value: write \`@root.${text}\`.`
      : "Check the spelling against the schema, or declare it there.";
    this.#report(place, [`uses \`{{${text}}}\`, but the schema of that value has no \`${target.name}\``, hint]);
  }

  #report(place: Place, [what, hint]: Complaint, code: "prompt-invalid" | "prompt-variable" = "prompt-variable"): void {
    const problem = new PromptError(code, { message: `Prompt \`${this.#prompt}\` ${what}.`, place, hint });
    // A partial that is included twice has each mistake once.
    this.#problems.set(problem.message, problem);
  }
}
