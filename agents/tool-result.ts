import { withoutHidden } from "../core/fence.ts";

/** What became of a tool call, as the model is told; kept in the journal. */
export type ToolResult = {
  readonly outcome: "done" | "failed" | "timed_out";
  readonly text: string;
  /** Size before the text was cut to the tool's limit; of a structure that was cut, as far as it was read. */
  readonly bytes: number;
};

/** The other side's own word that a call failed: an answer, so that also the outcome of a `once` call is known. */
export class ReportedFailure extends Error {
  override readonly name = "ReportedFailure";
}

/**
 * Whatever a tool returned, as a text of at most `maxBytes` and a remark on what was cut. Reads no further than that, so that a huge result costs
 * neither time nor memory; cycles, bytes and what else JSON cannot carry are named in their place.
 */
export function resultText(value: unknown, maxBytes: number): Pick<ToolResult, "text" | "bytes"> {
  const written = typeof value === "string" ? value : writeJson(value, maxBytes);
  const bytes = Buffer.byteLength(written);
  if (bytes <= maxBytes) return { text: printable(written), bytes };
  // No more than `maxBytes` characters fit into as many bytes.
  const kept = cutBytes(written.slice(0, maxBytes), maxBytes);
  return { text: `${printable(kept)}\n[cut here: the result is longer than ${maxBytes} bytes]`, bytes };
}

function cutBytes(text: string, maxBytes: number): string {
  // A character that the cut goes through is left out.
  return new TextDecoder().decode(Buffer.from(text).subarray(0, maxBytes)).replace(/\uFFFD{1,3}$/u, "");
}

function printable(text: string): string {
  return withoutHidden(text).replace(/[^\P{Cc}\n\t]/gu, "");
}

/** Deeper parts are cut: nobody reads them, and a result must not overflow the stack. */
const DEEPEST = 100;

function writeJson(value: unknown, maxBytes: number): string {
  const sink = new Sink(maxBytes);
  write(sink, value, []);
  return sink.text;
}

/** Takes text until it is full, which is a little after its limit. */
class Sink {
  text = "";
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.text.length > this.#limit;
  }

  add(text: string): void {
    this.text += text;
  }

  addString(text: string): void {
    this.text += JSON.stringify(text.length > this.#limit ? text.slice(0, this.#limit) : text);
  }
}

function write(sink: Sink, value: unknown, above: readonly object[]): void {
  if (sink.isFull) return;
  switch (typeof value) {
    case "string":
      return sink.addString(value);
    case "number":
    case "boolean":
      return sink.add(Number.isNaN(value) || value === Infinity || value === -Infinity ? "null" : String(value));
    case "bigint":
      return sink.addString(String(value));
    case "object":
      break;
    default:
      return sink.add("null");
  }
  if (value === null) return sink.add("null");
  if (above.includes(value)) return sink.addString("[circular]");
  if (above.length >= DEEPEST) return sink.addString("[deeper]");
  try {
    writeObject(sink, value, [...above, value]);
  } catch {
    // A getter or `toJSON` of the tool's own threw: that is no reason to hide the rest.
    sink.addString("[unreadable]");
  }
}

function writeObject(sink: Sink, value: object, above: readonly object[]): void {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return sink.addString(`[${value.byteLength} bytes]`);
  if (value instanceof Blob) return sink.addString(`[${value.size} bytes]`);
  if (value instanceof Error) return writeMembers(sink, { name: value.name, message: value.message }, above);
  if (value instanceof Map) return writeItems(sink, value, above);
  if (value instanceof Set || Array.isArray(value)) return writeItems(sink, value, above);
  if ("toJSON" in value && typeof value.toJSON === "function") return write(sink, value.toJSON(), above);
  return writeMembers(sink, value, above);
}

function writeItems(sink: Sink, items: Iterable<unknown>, above: readonly object[]): void {
  let separator = "[";
  for (const item of items) {
    sink.add(separator);
    separator = ",";
    write(sink, item, above);
    if (sink.isFull) return;
  }
  sink.add(separator === "[" ? "[]" : "]");
}

function writeMembers(sink: Sink, members: object, above: readonly object[]): void {
  let separator = "{";
  // Not `Object.entries`: it would read every getter of an object of which only the beginning is shown.
  for (const key of Object.keys(members)) {
    const member: unknown = Reflect.get(members, key);
    if (member === undefined || typeof member === "function" || typeof member === "symbol") continue;
    sink.add(separator);
    separator = ",";
    sink.addString(key);
    sink.add(":");
    write(sink, member, above);
    if (sink.isFull) return;
  }
  sink.add(separator === "{" ? "{}" : "}");
}
