import { createRequire } from "node:module";

import type { Document } from "yaml";

import type { BatonError } from "../core/errors.ts";
import { readPlainYaml } from "./plain-yaml.ts";
import { PromptError, type Place } from "./prompt-error.ts";

/** A piece of YAML in a file. */
export interface YamlText {
  /** How errors name the file. */
  readonly path: string;
  readonly text: string;
  readonly firstLine: number;
  /** What kind of YAML it is. @default the front matter of a prompt */
  readonly kind?: YamlKind;
}

/** How a kind of YAML is named, how long it may be, and which error its mistakes are. */
export interface YamlKind {
  readonly name: string;
  readonly longest: number;
  readonly mostBrackets: number;
  readonly refuse: (mistake: { readonly message: string; readonly place: Place }) => BatonError;
}

export interface YamlValue {
  readonly value: unknown;
  /** Where the value at this path, or its nearest parent, is written. For a map's member that is its key. */
  place(path: readonly PropertyKey[]): Place;
}

const FRONT_MATTER: YamlKind = {
  name: "front matter",
  longest: 64 * 1024,
  // Deeply nested brackets overflow the parser's stack slowly (20,000: 100 ms); no front matter needs this many.
  mostBrackets: 1000,
  refuse: (mistake) =>
    new PromptError("prompt-invalid", {
      ...mistake,
      hint: "Write plain YAML between the two `---` lines: `key: value`, lists and maps.",
    }),
};
const MOST_ALIASES = 50;

/** Loaded with the first front matter: seventy files that a command without prompts does not need. */
function loadYaml(): typeof import("yaml") {
  // The package's main file, whose declarations these are.
  return createRequire(import.meta.url)("yaml") as typeof import("yaml");
}

let loaded: ReturnType<typeof loadYaml> | undefined;

function yamlPackage(): ReturnType<typeof loadYaml> {
  loaded ??= loadYaml();
  return loaded;
}

/** Reads YAML 1.2 with the core schema. Throws `prompt-invalid` for syntax errors, repeated keys, tags, alias bombs and keys such as `__proto__`. */
export function parseYaml(yaml: YamlText): YamlValue {
  const kind = yaml.kind ?? FRONT_MATTER;
  const broken = (place: Place, what: string): BatonError =>
    kind.refuse({ message: `The ${kind.name} ${what}.`, place });
  if (yaml.text.length > kind.longest || (yaml.text.match(/[[{]/gu)?.length ?? 0) > kind.mostBrackets)
    throw broken({ path: yaml.path, line: yaml.firstLine }, `is larger than a ${kind.name} can be`);
  const plain = readPlainYaml(yaml.text);
  if (plain === undefined) return parseAnyYaml(yaml, broken);
  const place = (path: readonly PropertyKey[]): Place => {
    const { line, column } = plain.place(path);
    return { path: yaml.path, line: line + yaml.firstLine - 1, column };
  };
  return { value: plain.value, place };
}

/** Reads YAML by the package, which knows all of the language. */
function parseAnyYaml(yaml: YamlText, broken: (place: Place, what: string) => BatonError): YamlValue {
  const { LineCounter, parseDocument } = yamlPackage();
  const lines = new LineCounter();
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { path: yaml.path, line: Math.max(1, line) + yaml.firstLine - 1, column: Math.max(1, col) };
  };
  const document = parseDocument(yaml.text, {
    schema: "core",
    version: "1.2",
    uniqueKeys: true,
    strict: true,
    prettyErrors: false,
    lineCounter: lines,
  });
  const [problem] = [...document.errors, ...document.warnings];
  // Only the code and the place: the parser's own message may quote the file.
  if (problem !== undefined) throw broken(at(problem.pos[0]), `cannot be read (${describe(problem.code)})`);
  const refuse = (offset: number, what: string): BatonError => broken(at(offset), what);
  refuseOddKeys(document, refuse);
  return { value: toValue(document, refuse), place: (path) => at(offsetOf(document, path)) };
}

type Refuse = (offset: number, what: string) => BatonError;

function toValue(document: Document, refuse: Refuse): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof RangeError)
      throw refuse(0, "uses too many or unknown aliases");
    throw error;
  }
}

const ODD_KEYS: ReadonlySet<unknown> = new Set(["__proto__", "constructor", "prototype"]);

function refuseOddKeys(document: Document, refuse: Refuse): void {
  const { isCollection, isScalar, visit } = yamlPackage();
  visit(document, {
    Pair(_, pair) {
      const key: unknown = pair.key;
      if (isScalar(key) && typeof key.value === "string" && !ODD_KEYS.has(key.value)) return;
      const offset = isScalar(key) || isCollection(key) ? (key.range?.[0] ?? 0) : 0;
      throw refuse(offset, "has a key that is not a plain name");
    },
    Node(_, node) {
      if ("tag" in node && node.tag !== undefined && !isImplicitTag(node.tag))
        throw refuse(node.range?.[0] ?? 0, "uses a YAML tag");
    },
    Scalar(_, scalar) {
      if (typeof scalar.value === "number" && !Number.isFinite(scalar.value))
        throw refuse(scalar.range?.[0] ?? 0, "holds a number that JSON cannot carry");
    },
  });
}

function isImplicitTag(tag: string): boolean {
  return /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/u.test(tag);
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  const { isCollection, isMap, isScalar } = yamlPackage();
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      if (pair === undefined) break;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isCollection(node) && typeof step === "number") {
      node = node.items[step];
      if (isScalar(node) || isCollection(node)) offset = node.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

function describe(code: string): string {
  return code.toLowerCase().replaceAll("_", " ");
}
