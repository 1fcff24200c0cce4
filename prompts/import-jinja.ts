import { escapeBefore, escapeBraces, type Loss } from "./import-draft.ts";

/** A Jinja template as one of ours, with the variables that it uses. */
export interface ConvertedTemplate {
  readonly template: string;
  /** Whether each variable is used as text, as a list, or with members. */
  readonly variables: ReadonlyMap<string, "text" | "list" | "map" | "test">;
  readonly losses: readonly Loss[];
}

/**
 * Converts the part of Jinja2 that both languages share: printed paths, `if` on one value or one comparison, `for` over one list. Whatever else it
 * finds becomes a comment in its place and a loss.
 */
export function convertJinja(text: string, firstLine = 1): ConvertedTemplate {
  const converter = new Converter();
  let at = 0;
  let line = firstLine;
  let template = "";
  for (const tag of findTags(text)) {
    const before = text.slice(at, tag.start);
    line += countLines(before);
    template += escapeBefore(before) + converter.tag(tag, line);
    line += countLines(tag.whole);
    at = tag.start + tag.whole.length;
  }
  return { template: template + escapeBraces(text.slice(at)), ...converter.finish() };
}

interface JinjaTag {
  readonly opening: string;
  readonly inside: string;
  readonly whole: string;
  readonly start: number;
}

const CLOSINGS = new Map([
  ["{{", "}}"],
  ["{%", "%}"],
  ["{#", "#}"],
]);

/** Finds every closed tag. What no later text closes is looked for once, not from each of its openings. */
function findTags(text: string): readonly JinjaTag[] {
  const found: JinjaTag[] = [];
  const absent = new Set<string>();
  const openings = /\{[{%#]/gu;
  for (let match = openings.exec(text); match !== null; match = openings.exec(text)) {
    const { 0: opening, index: start } = match;
    const closing = CLOSINGS.get(opening) ?? "";
    const end = absent.has(closing) ? -1 : text.indexOf(closing, start + 2);
    if (end === -1) absent.add(closing);
    else {
      const inside = text
        .slice(start + 2, end)
        .replace(/^[-+]/u, "")
        .replace(/[-+]$/u, "");
      found.push({ opening, inside, whole: text.slice(start, end + 2), start });
    }
    openings.lastIndex = end === -1 ? start + 1 : end + 2;
  }
  return found;
}

function countLines(text: string): number {
  return text.match(/\n/gu)?.length ?? 0;
}

interface OpenBlock {
  readonly close: string;
  /** The name that a loop gives to its item. */
  readonly local?: string;
}

const PATH = String.raw`[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\d+\])*`;
const PRINT = new RegExp(`^(${PATH})((?:\\s*\\|[\\s\\S]*)?)$`, "u");
const TEST = new RegExp(`^(not\\s+)?(${PATH})$`, "u");
const COMPARE = new RegExp(`^(${PATH})\\s*(==|!=)\\s*("[^"\\\\{}]*"|'[^'\\\\{}"]*'|\\d+|${PATH})$`, "u");
const LOOP = new RegExp(`^for\\s+([A-Za-z_]\\w*)\\s+in\\s+(${PATH})$`, "u");
/** Filters without a meaning here: nothing is escaped, and white space at the ends is trimmed anyway. */
const EMPTY_FILTERS = /^(?:\|\s*(?:safe|e|escape|trim|string)\s*)*$/u;

class Converter {
  readonly #open: OpenBlock[] = [];
  readonly #variables = new Map<string, "text" | "list" | "map" | "test">();
  readonly #losses: Loss[] = [];

  finish(): Pick<ConvertedTemplate, "variables" | "losses"> {
    return { variables: this.#variables, losses: this.#losses };
  }

  tag({ opening, inside, whole }: JinjaTag, line: number): string {
    if (opening === "{#") return commentTag(inside);
    const converted = opening === "{{" ? this.#print(inside.trim(), line) : this.#statement(inside.trim());
    return converted ?? this.#lose(whole, line);
  }

  #print(expression: string, line: number): string | undefined {
    const [, path, filters = ""] = PRINT.exec(expression) ?? [];
    if (path === undefined) return undefined;
    if (path === "loop.first" || path === "loop.last") return `{{@${path.slice(5)}}}`;
    if (path.startsWith("loop.")) return undefined;
    if (/^\s*\|\s*tojson\b[^|]*$/u.test(filters)) return `{{json ${this.#path(path, "map")}}}`;
    if (!EMPTY_FILTERS.test(filters.trim()))
      this.#losses.push({ line, what: `The filter of \`${expression.slice(0, 60)}\` is not applied any more.` });
    return `{{${this.#path(path, "text")}}}`;
  }

  #statement(words: string): string | undefined {
    const [keyword = "", ...rest] = words.split(/\s+/u);
    const given = rest.join(" ");
    switch (keyword) {
      case "if": {
        const condition = this.#condition(given);
        this.#open.push({ close: condition === undefined ? "" : `{{/${condition.helper}}}` });
        return condition === undefined ? undefined : `{{#${condition.helper} ${condition.values}}}`;
      }
      case "elif": {
        const condition = this.#isOpen() ? this.#condition(given) : undefined;
        return condition === undefined ? undefined : `{{else ${condition.helper} ${condition.values}}}`;
      }
      case "else":
        return this.#isOpen() ? "{{else}}" : undefined;
      case "for": {
        const [, local, list] = LOOP.exec(words) ?? [];
        if (local === undefined || list === undefined) {
          this.#open.push({ close: "" });
          return undefined;
        }
        const path = this.#path(list, "list");
        this.#open.push({ close: "{{/each}}", local });
        return `{{#each ${path} as |${local}|}}`;
      }
      case "endif":
      case "endfor": {
        const close = this.#open.pop()?.close ?? "";
        return close === "" ? undefined : close;
      }
      default:
        return undefined;
    }
  }

  #isOpen(): boolean {
    return (this.#open.at(-1)?.close ?? "") !== "";
  }

  #condition(text: string): { readonly helper: string; readonly values: string } | undefined {
    const [, negated, path] = TEST.exec(text) ?? [];
    if (path !== undefined && !path.startsWith("loop."))
      return { helper: negated === undefined ? "if" : "unless", values: this.#path(path, "test") };
    const [, left, operator, right] = COMPARE.exec(text) ?? [];
    if (left === undefined || right === undefined || left.startsWith("loop.")) return undefined;
    const value = /^["'\d]/u.test(right) ? right.replace(/^'(.*)'$/u, '"$1"') : this.#path(right, "text");
    return { helper: operator === "==" ? "ifEquals" : "unlessEquals", values: `${this.#path(left, "text")} ${value}` };
  }

  /** Inside a loop the context is its item, so that the prompt's own variables need `@root`. */
  #path(path: string, use: "text" | "list" | "map" | "test"): string {
    const ours = path.replace(/\[(\d+)\]/gu, ".[$1]");
    const [first = ""] = path.split(/[.[]/u);
    if (this.#open.some(({ local }) => local === first)) return ours;
    const found = first === path ? use : path.startsWith(`${first}[`) ? "list" : "map";
    const known = this.#variables.get(first);
    // A test says the least about what a variable is, a list or map the most.
    if (known === undefined || known === "test" || (known === "text" && found !== "test"))
      this.#variables.set(first, found);
    return this.#open.some(({ local }) => local !== undefined) ? `@root.${ours}` : ours;
  }

  #lose(whole: string, line: number): string {
    const shown = whole.replace(/\s+/gu, " ").slice(0, 60);
    this.#losses.push({ line, what: `\`${shown}\` has no counterpart and stands as a comment.` });
    return commentTag(whole.replace(/^\{[{%][-+]?|[-+]?[}%]\}$/gu, ""));
  }
}

function commentTag(text: string): string {
  return `{{! ${text.replace(/[{}]/gu, "").replaceAll("--", "-").trim()} }}`;
}
