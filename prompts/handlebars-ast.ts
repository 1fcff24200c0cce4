/**
 * What `Handlebars.parse` returns, as far as prompts use it. Its own declarations are not used: they name optional parts as
 * always present and give every node the type `string`, so nothing narrows.
 */
export interface AstProgram {
  readonly body: readonly AstStatement[];
  readonly blockParams?: readonly string[];
}

export interface AstLocation {
  readonly start: { readonly line: number; readonly column: number };
}

export interface AstHash {
  readonly pairs: readonly { readonly key: string; readonly value: AstExpression; readonly loc: AstLocation }[];
}

export interface AstPath {
  readonly type: "PathExpression";
  readonly data: boolean;
  readonly depth: number;
  readonly parts: readonly string[];
  readonly original: string;
  readonly loc: AstLocation;
}

export type AstExpression =
  | AstPath
  | { readonly type: "StringLiteral"; readonly value: string; readonly loc: AstLocation }
  | { readonly type: "NumberLiteral"; readonly value: number; readonly loc: AstLocation }
  | { readonly type: "BooleanLiteral"; readonly value: boolean; readonly loc: AstLocation }
  | { readonly type: "UndefinedLiteral" | "NullLiteral"; readonly loc: AstLocation }
  | { readonly type: "SubExpression"; readonly loc: AstLocation };

/** A tag with a name, parameters and `key=value` pairs. */
export interface AstTag {
  readonly path: AstExpression;
  readonly params: readonly AstExpression[];
  readonly hash?: AstHash;
  readonly loc: AstLocation;
}

export type AstMustache = AstTag & { readonly type: "MustacheStatement" };
export type AstBlock = AstTag & {
  readonly type: "BlockStatement";
  readonly program?: AstProgram;
  readonly inverse?: AstProgram;
};

export interface AstPartial {
  readonly type: "PartialStatement";
  readonly name: AstExpression;
  readonly params: readonly AstExpression[];
  readonly hash?: AstHash;
  readonly indent: string;
  readonly loc: AstLocation;
}

export type AstStatement =
  | AstMustache
  | AstBlock
  | AstPartial
  | { readonly type: "ContentStatement"; readonly value: string; readonly loc: AstLocation }
  | { readonly type: "CommentStatement"; readonly loc: AstLocation }
  | { readonly type: "PartialBlockStatement" | "Decorator" | "DecoratorBlock"; readonly loc: AstLocation };
