/** The speakers of a conversation, found in a query by the start of their names: "Caro's plan" names Caroline. */
export class Speakers {
  readonly #byStart = new Map<string, Set<string>>();

  learn(speaker: string): void {
    const start = nameStart(speaker);
    if (start === "") return;
    const known = this.#byStart.get(start);
    if (known === undefined) this.#byStart.set(start, new Set([speaker]));
    else known.add(speaker);
  }

  /** The known speakers that the query names. */
  namedIn(query: string): ReadonlySet<string> {
    return new Set(words(query).flatMap((word) => [...(this.#byStart.get(nameStart(word)) ?? [])]));
  }

  /** The query without the words that name a speaker. */
  removedFrom(query: string): string {
    return query.replace(WORD, (word) => (this.#byStart.has(nameStart(word)) ? " " : word));
  }
}

const WORD = /[\p{L}\p{N}]+/gu;
const START_LENGTH = 4;

function words(text: string): string[] {
  return text.match(WORD) ?? [];
}

/** A name of up to four letters must be said in full, since "Tim" is no "time". */
function nameStart(name: string): string {
  const [first = ""] = words(name.toLowerCase());
  return first.slice(0, START_LENGTH);
}
