import type { Role } from "./template-node.ts";

/** One message of a rendered prompt. */
export interface PromptMessage {
  readonly role: Role;
  readonly content: string;
}

/** More than any model takes; stops templates that multiply their values. */
export const LONGEST_PROMPT = 8_000_000;

/**
 * Collects the messages of one rendering. Only `role()` starts a message and only the template's tags call it: text that is written, whatever
 * it says, stays text.
 */
export class MessageWriter {
  readonly #messages: PromptMessage[] = [];
  #role: Role = "user";
  #content = "";
  /** How many characters at the end are the template's own; only those are trimmed. */
  #ownTail = 0;
  #length = 0;
  #indents: readonly string[] = [];
  #lineStart = false;

  get length(): number {
    return this.#length;
  }

  role(role: Role): void {
    this.#close();
    this.#role = role;
  }

  /** Adds text of the template. */
  text(text: string): void {
    const added = this.#content === "" ? this.#indented(text).trimStart() : this.#indented(text);
    this.#append(added);
    this.#ownTail += added.length;
  }

  /** Adds a value. It enters the message exactly as it is, except for the indentation of a partial. */
  value(text: string): void {
    if (text === "") return;
    this.#append(this.#indented(text));
    this.#ownTail = 0;
  }

  /** Writes with each line indented, as Handlebars does for a partial that stands alone on its line. */
  indent(white: string, write: () => void): void {
    const outer = this.#indents;
    if (white !== "") {
      this.#indents = [...outer, white];
      this.#lineStart = true;
    }
    write();
    this.#indents = outer;
  }

  finish(): readonly PromptMessage[] {
    this.#close();
    return this.#messages;
  }

  #append(text: string): void {
    this.#content += text;
    this.#length += text.length;
  }

  #indented(text: string): string {
    const [first] = this.#indents;
    if (first === undefined || text === "") return text;
    const white = this.#indents.join("");
    const start = this.#lineStart ? white : "";
    this.#lineStart = text.endsWith("\n");
    const body = this.#lineStart ? text.slice(0, -1) : text;
    return `${start}${body.replaceAll("\n", `\n${white}`)}${this.#lineStart ? "\n" : ""}`;
  }

  #close(): void {
    const end = this.#content.slice(this.#content.length - this.#ownTail).trimEnd();
    const content = this.#content.slice(0, this.#content.length - this.#ownTail) + end;
    if (content.trim() !== "") this.#messages.push({ role: this.#role, content });
    this.#content = "";
    this.#ownTail = 0;
  }
}
