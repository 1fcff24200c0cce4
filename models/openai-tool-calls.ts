import type { ToolCall } from "./model.ts";

/** A tool call, or a piece of one, as endpoints send it: whatever is in it may be missing. */
export interface WireToolCall {
  readonly index?: number | null;
  readonly id?: string | null;
  readonly function?: { readonly name?: string | null; readonly arguments?: unknown } | null;
}

interface Draft {
  readonly index: number | undefined;
  id: string;
  name: string;
  text: string;
}

/** Puts streamed tool calls together out of their pieces. What it returns is complete only when the stream was. */
export interface ToolCallCollector {
  add(pieces: unknown): void;
  finish(): readonly ToolCall[];
  /** Characters of arguments so far. */
  readonly length: number;
}

export function collectToolCalls(): ToolCallCollector {
  const drafts: Draft[] = [];
  let length = 0;

  /** Pieces belong together by their index. Some endpoints leave it out, or send 0 for every call: then a new id begins a new call. */
  function draftOf(piece: WireToolCall): Draft {
    const index = piece.index ?? undefined;
    const known = index === undefined ? drafts.at(-1) : drafts.findLast((draft) => draft.index === index);
    const isOther = known !== undefined && isText(piece.id) && known.id !== "" && known.id !== piece.id;
    if (known !== undefined && !isOther) return known;
    const fresh: Draft = { index, id: "", name: "", text: "" };
    drafts.push(fresh);
    return fresh;
  }

  return {
    add(pieces) {
      for (const piece of listOf(pieces)) {
        const draft = draftOf(piece);
        if (isText(piece.id)) draft.id = piece.id;
        if (isText(piece.function?.name) && draft.name === "") draft.name = piece.function.name;
        const text = textOf(piece.function?.arguments);
        draft.text += text;
        length += text.length;
      }
    },
    finish: () => withIds(drafts),
    get length() {
      return length;
    },
  };
}

/** The tool calls of a message that came in one piece. */
export function readToolCalls(calls: unknown): readonly ToolCall[] {
  return withIds(
    listOf(calls).map((call) => ({
      id: call.id ?? "",
      name: call.function?.name ?? "",
      text: textOf(call.function?.arguments),
    })),
  );
}

/** Results are matched by id, so each call has one of its own, also where the endpoint gave none or the same one twice. */
function withIds(drafts: readonly Pick<Draft, "id" | "name" | "text">[]): readonly ToolCall[] {
  const taken = new Set<string>();
  return drafts.map(({ id, name, text }, position) => {
    const own = id === "" || taken.has(id) ? `call_${position + 1}` : id;
    taken.add(own);
    return { id: own, name, arguments: text === "" ? "{}" : text };
  });
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  // Some endpoints send the arguments as an object instead of its text.
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

function listOf(value: unknown): readonly WireToolCall[] {
  // Every member is looked at before it is used.
  return Array.isArray(value)
    ? (value.filter((item) => typeof item === "object" && item !== null) as WireToolCall[])
    : [];
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
