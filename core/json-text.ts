import { type Path, printPath } from "./path.ts";

/** A piece of the text that stands at a path of a JSON document. */
export interface TextPiece {
  readonly path: string;
  readonly text: string;
}

/** Reads a JSON document that arrives in pieces, and hands out the text in it at once. */
export interface JsonTextReader {
  /** The texts that the next piece of the document goes on with, in order. */
  read(piece: string): readonly TextPiece[];
}

/** Where the reader stands in an object or a list. */
interface Level {
  readonly kind: "object" | "list";
  /** The key or index of the value under way. */
  at: string | number;
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** The first half of a character that takes two. */
const HALF = /[\uD800-\uDBFF]$/u;

/**
 * Reads only the strings of a document: keys lead to paths, values are handed out, everything else is passed over. It judges nothing: whether the
 * document is right is found out when it is whole. What stands before the first brace is no part of it.
 */
export function jsonTextReader(): JsonTextReader {
  const levels: Level[] = [];
  let awaitsKey = false;
  /** The string under way: a key, or a value at a path. */
  let string: { readonly isKey: boolean; text: string } | undefined;
  /** An escape under way, without its backslash. */
  let escape: string | undefined;
  let isOver = false;
  let pieces: TextPiece[] = [];

  function readInString(character: string): void {
    if (string === undefined) return;
    if (escape !== undefined) return readEscape(character);
    if (character === "\\") escape = "";
    else if (character === '"') endString();
    else string.text += character;
  }

  function readEscape(character: string): void {
    const text = `${escape ?? ""}${character}`;
    const isCode = text.startsWith("u");
    escape = isCode && text.length < 5 ? text : undefined;
    if (escape !== undefined || string === undefined) return;
    string.text += isCode ? String.fromCharCode(Number.parseInt(text.slice(1), 16) || 0) : (ESCAPES[text] ?? text);
  }

  function endString(): void {
    const level = levels.at(-1);
    if (string?.isKey === true && level !== undefined) level.at = string.text;
    else handOut("end");
    string = undefined;
  }

  /** Half of a character waits for its other half. */
  function handOut(when: "end" | "meanwhile"): void {
    if (string === undefined || string.isKey) return;
    const half = when === "end" ? "" : (HALF.exec(string.text)?.[0] ?? "");
    const text = string.text.slice(0, string.text.length - half.length);
    string.text = half;
    if (text !== "") pieces.push({ path: printPath(pathNow()), text });
  }

  function pathNow(): Path {
    return levels.map(({ at }) => at);
  }

  function readBetween(character: string): void {
    const level = levels.at(-1);
    switch (character) {
      case "{":
      case "[":
        levels.push(character === "{" ? { kind: "object", at: "" } : { kind: "list", at: 0 });
        awaitsKey = character === "{";
        return;
      case "}":
      case "]":
        levels.pop();
        awaitsKey = false;
        isOver = levels.length === 0;
        return;
      case ",":
        if (typeof level?.at === "number") level.at += 1;
        awaitsKey = level?.kind === "object";
        return;
      case ":":
        awaitsKey = false;
        return;
      case '"':
        string = { isKey: awaitsKey, text: "" };
        return;
      default:
    }
  }

  return {
    read(piece) {
      pieces = [];
      for (const character of piece) {
        if (isOver) break;
        if (string !== undefined) readInString(character);
        else if (levels.length > 0 || character === "{") readBetween(character);
      }
      handOut("meanwhile");
      return pieces;
    },
  };
}
