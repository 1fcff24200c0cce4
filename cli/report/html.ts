/** A piece of HTML that is safe to put into a page. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | readonly (Html | string)[];

/** Builds HTML out of a template; whatever is put into it is escaped, unless it is HTML itself. */
export function markup(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return {
    html: texts.reduce(
      (whole, text, index) => `${whole}${index === 0 ? "" : shown(parts[index - 1] ?? "")}${text}`,
      "",
    ),
  };
}

/** Text of our own that is HTML already. */
export function trusted(text: string): Html {
  return { html: text };
}

function shown(part: Part): string {
  if (typeof part === "string") return escapeHtml(part);
  if (typeof part === "number") return String(part);
  return "html" in part ? part.html : part.map((one) => shown(one)).join("");
}

/** Controls and marks that turn the direction of text around are no text that anybody meant to show. */
const CONTROLS = /[\p{Bidi_Control}\p{Cc}]/gu;

/** Escapes text for an element's content and for a quoted attribute. */
export function escapeHtml(text: string): string {
  return text
    .replace(CONTROLS, (found) => (found === "\n" || found === "\t" ? found : ""))
    .replace(/[&<>"'`]/gu, (found) => `&#${found.charCodeAt(0)};`);
}
