import { stripVTControlCharacters } from "node:util";

/** C0 and C1 controls but tab and newline, DEL, and the marks that turn the direction of text around. */
// oxlint-disable-next-line no-control-regex -- control characters are what is removed here
const CONTROLS = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** Takes out everything by which text from a model, a file or a tool could drive a terminal; line breaks and tabs stay. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text.replaceAll("\r\n", "\n")).replace(CONTROLS, "");
}

/** Like `plainText`, on one line and at most `limit` characters long. */
export function oneLine(text: string, limit = 200): string {
  const line = plainText(text).replace(/\s+/gu, " ").trim();
  const characters = [...line];
  return characters.length <= limit ? line : `${characters.slice(0, Math.max(0, limit - 1)).join("")}…`;
}
