import type { Place } from "./prompt-error.ts";

/** Roles a template can give to its messages; the file format writes `model` for the assistant. */
export type Role = "system" | "user" | "assistant";

/** A value that a tag uses: a literal, a loop's `@index`, or a path that starts at the context, the root or a block parameter. */
export type Expression =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null; readonly place: Place }
  | { readonly kind: "loop"; readonly name: LoopName; readonly place: Place }
  | {
      readonly kind: "path";
      readonly start:
        | { readonly from: "context"; readonly depth: number }
        | { readonly from: "root" }
        | { readonly from: "local"; readonly name: string };
      readonly parts: readonly string[];
      /** As the author wrote it, for messages. */
      readonly text: string;
      readonly place: Place;
    };

export type LoopName = "index" | "key" | "first" | "last";

export type Condition =
  | { readonly test: "truthy"; readonly value: Expression }
  | { readonly test: "equal"; readonly left: Expression; readonly right: Expression };

export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly value: Expression }
  | { readonly kind: "json"; readonly value: Expression; readonly indent: number }
  | { readonly kind: "role"; readonly role: Role; readonly place: Place }
  | {
      readonly kind: "choice";
      readonly condition: Condition;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    }
  | {
      readonly kind: "each" | "with";
      readonly value: Expression;
      readonly names: readonly string[];
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    }
  | {
      readonly kind: "partial";
      readonly name: string;
      readonly place: Place;
      readonly context: Expression | undefined;
      readonly arguments: ReadonlyMap<string, Expression>;
      /** White space before a partial that stands alone on its line: every line of the partial gets it. */
      readonly indent: string;
    };

/** A template with the partials it includes, by the names it uses for them. */
export interface LinkedTemplate {
  readonly nodes: readonly TemplateNode[];
  readonly partials: ReadonlyMap<string, LinkedTemplate>;
}

/** For each path, its steps that may lead to nothing. */
export type OptionalSteps = ReadonlyMap<Expression, ReadonlySet<number>>;
