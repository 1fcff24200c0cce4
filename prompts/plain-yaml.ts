/** A node of plain YAML with its place, counted from 1. For a map's member that is its key. */
interface PlainNode {
  readonly line: number;
  readonly column: number;
  content: Scalar | PlainMap | PlainList;
}

interface Scalar {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
}

interface PlainMap {
  readonly kind: "map";
  readonly members: Map<string, PlainNode>;
}

interface PlainList {
  readonly kind: "list";
  readonly items: PlainNode[];
}

export interface PlainYaml {
  readonly value: unknown;
  /** Where the node at this path, or its nearest parent, is written. */
  place(path: readonly PropertyKey[]): Pick<PlainNode, "line" | "column">;
}

/** Line breaks, printable ASCII, letters and the usual quotes: nothing that YAML could take for white space or a line break. */
const UNUSUAL = /[^\n\x20-\x7e\u00a1-\u167f\u1681-\u1fff\u2010-\u2027\u3001-\ud7ff]/u;
/** A key that is a word, perhaps with a type in brackets, and what follows it; or an item of a list. */
const LINE = /^ *(?:(\(\*\)|[A-Za-z_][^:#]*):(?: +(.+))?|- +(.+))$/u;
const LONGEST_KEY = 200;
/** Words that are no text in YAML, or no key here, in any spelling that could be one. */
const SPECIAL_WORD = /^(?:null|true|false|constructor|prototype|__proto__)$/iu;
const TEXT = /^[A-Za-z_\u00a1-\ud7ff]/u;
const NOT_TEXT = /:(?: |$)| #/u;
const NUMBER = /^(?:0|-?[1-9]\d{0,14})(?:\.\d{1,12})?$/u;
const QUOTED = /^(?:"([^"\\]*)"|'([^']*)')$/u;
const WORDS = /^\[(?:[A-Za-z_][\w-]*(?:, ?[A-Za-z_][\w-]*)*)?\]$/u;

/**
 * Reads the part of YAML that nearly every front matter is written in: maps of maps, lists of words, values on one line. The YAML package takes
 * longer to load and to read it than all the rest of a prompt. Undefined for everything else, every mistake among it: the package decides then.
 * What is read here, the package would read as the same values at the same places.
 */
export function readPlainYaml(text: string): PlainYaml | undefined {
  if (UNUSUAL.test(text)) return undefined;
  const root: PlainNode = { line: 1, column: 1, content: { kind: "scalar", value: null } };
  const levels: Level[] = [];
  // Whose members or items may follow: the last key without a value.
  let open: PlainNode | undefined = root;
  for (const [index, raw] of text.split("\n").entries()) {
    const written = raw.trimEnd();
    const indent = written.search(/[^ ]/u);
    if (indent === -1 || written[indent] === "#") continue;
    const match = LINE.exec(written);
    if (match === null) return undefined;
    const [, key, value, item] = match;
    const level = levelOf(levels, open, { indent, kind: key === undefined ? "list" : "map" });
    const node = level && addTo(level, { key, text: value ?? item, line: index + 1, length: written.length });
    if (node === undefined) return undefined;
    open = key !== undefined && value === undefined ? node : undefined;
  }
  return { value: valueOf(root), place: (path) => find(root, path) };
}

interface LinePlace {
  readonly indent: number;
  readonly kind: "map" | "list";
}

/** A map or list that is open, and how far its lines are indented. */
interface Level {
  readonly indent: number;
  readonly content: PlainMap | PlainList;
}

/** The map or list that a line belongs to; undefined when its indentation fits none. What ends before the line is closed. */
function levelOf(levels: Level[], open: PlainNode | undefined, { indent, kind }: LinePlace): Level | undefined {
  if (open !== undefined && isInside(levels.at(-1), { indent, kind })) {
    const level: Level = {
      indent,
      content: kind === "list" ? { kind, items: [] } : { kind, members: new Map() },
    };
    open.content = level.content;
    levels.push(level);
    return level;
  }
  let last = levels.at(-1);
  while (last !== undefined && (last.indent > indent || (last.indent === indent && last.content.kind !== kind))) {
    levels.pop();
    last = levels.at(-1);
  }
  return last?.indent === indent ? last : undefined;
}

/** Whether a line after a key without a value belongs to it. A list may stand right below its key, without being indented. */
function isInside(last: Level | undefined, { indent, kind }: LinePlace): boolean {
  if (last === undefined) return indent === 0 && kind === "map";
  return indent > last.indent || (indent === last.indent && kind === "list");
}

interface Entry {
  readonly key: string | undefined;
  /** The value, which ends the line. */
  readonly text: string | undefined;
  readonly line: number;
  readonly length: number;
}

function addTo({ indent, content }: Level, { key, text = "", line, length }: Entry): PlainNode | undefined {
  const at = { line, column: length - text.length + 1 };
  const value = contentOf(text, at);
  if (value === undefined) return undefined;
  if (content.kind === "list") {
    const item = { ...at, content: value };
    content.items.push(item);
    return item;
  }
  if (key === undefined || !isKey(key) || content.members.has(key)) return undefined;
  const member = { line, column: indent + 1, content: value };
  content.members.set(key, member);
  return member;
}

function isKey(key: string): boolean {
  return key.length <= LONGEST_KEY && !key.endsWith(" ") && !SPECIAL_WORD.test(key);
}

/** What a value on one line says; undefined where the YAML package has to say it. */
function contentOf(text: string, at: Pick<PlainNode, "line" | "column">): Scalar | PlainList | undefined {
  if (WORDS.test(text)) return listOfWords(text, at);
  const value = scalarOf(text);
  return value === undefined ? undefined : { kind: "scalar", value };
}

function scalarOf(text: string): Scalar["value"] | undefined {
  if (text === "") return null;
  const quoted = QUOTED.exec(text);
  if (quoted !== null) return quoted[1] ?? quoted[2];
  if (NUMBER.test(text)) return Number(text);
  if (text === "true" || text === "false") return text === "true";
  return TEXT.test(text) && !NOT_TEXT.test(text) && !SPECIAL_WORD.test(text) ? text : undefined;
}

function listOfWords(text: string, { line, column }: Pick<PlainNode, "line" | "column">): PlainList | undefined {
  const words = [...text.matchAll(/[\w-]+/gu)];
  if (words.some(([word]) => SPECIAL_WORD.test(word))) return undefined;
  const items = words.map(({ 0: value, index }): PlainNode => ({
    line,
    column: column + index,
    content: { kind: "scalar", value },
  }));
  return { kind: "list", items };
}

function valueOf({ content }: PlainNode): unknown {
  switch (content.kind) {
    case "scalar":
      return content.value;
    case "list":
      return content.items.map(valueOf);
    case "map":
      return Object.fromEntries([...content.members].map(([key, member]) => [key, valueOf(member)]));
  }
}

function find(root: PlainNode, path: readonly PropertyKey[]): PlainNode {
  let node = root;
  for (const step of path) {
    const { content } = node;
    const next: PlainNode | undefined =
      content.kind === "map" && typeof step === "string"
        ? content.members.get(step)
        : content.kind === "list" && typeof step === "number"
          ? content.items[step]
          : undefined;
    if (next === undefined) break;
    node = next;
  }
  return node;
}
