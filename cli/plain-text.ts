import { stripVTControlCharacters } from "node:util";

/** Control characters, and the marks that turn the direction of text around. */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}]/gu;

/** Takes out everything by which text from a model, a file or a tool could drive a terminal; line breaks and tabs stay. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text.replaceAll("\r\n", "\n")).replace(CONTROLS, (found) =>
    found === "\n" || found === "\t" ? found : "",
  );
}

/** Like `plainText`, on one line and at most `limit` characters long. */
export function oneLine(text: string, limit = 200): string {
  const line = plainText(text).replace(/\s+/gu, " ").trim();
  const characters = [...line];
  return characters.length <= limit ? line : `${characters.slice(0, Math.max(0, limit - 1)).join("")}…`;
}
