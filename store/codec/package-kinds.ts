import { isRecord, type Kind } from "./kind.ts";
import { recordKind, type RecordClass } from "./record-kind.ts";

/** What LangGraph's own serializer writes by a name. */
export interface StockClasses {
  readonly messages: ReadonlyMap<string, MessageClass>;
  readonly DeltaSnapshot: new (value: unknown) => object;
}

/** The classes of LangChain and LangGraph that a checkpoint may hold. Nothing else of any package is ever made from stored data. */
export interface PackageKinds {
  readonly stock: StockClasses;
  readonly kinds: readonly (readonly [prototype: object, kind: Kind])[];
}

export type MessageClass = new (fields: never) => object;

/** Loads LangChain's and LangGraph's classes; a checkpoint without such values never needs them. */
export async function loadPackageKinds(): Promise<PackageKinds> {
  const [messages, { Document }, { Command, Overwrite, Send }, { DeltaSnapshot }] = await Promise.all([
    import("@langchain/core/messages"),
    import("@langchain/core/documents"),
    import("@langchain/langgraph"),
    import("@langchain/langgraph-checkpoint"),
  ]);
  const content = "";
  const call = { content, tool_call_id: "" };
  const named = { content, name: "" };
  const role = { content, role: "" };
  const classes: readonly (readonly [made: MessageClass, make: () => object])[] = [
    [messages.AIMessage, () => new messages.AIMessage({ content })],
    [messages.AIMessageChunk, () => new messages.AIMessageChunk({ content })],
    [messages.HumanMessage, () => new messages.HumanMessage({ content })],
    [messages.HumanMessageChunk, () => new messages.HumanMessageChunk({ content })],
    [messages.SystemMessage, () => new messages.SystemMessage({ content })],
    [messages.SystemMessageChunk, () => new messages.SystemMessageChunk({ content })],
    [messages.ToolMessage, () => new messages.ToolMessage({ ...call })],
    [messages.ToolMessageChunk, () => new messages.ToolMessageChunk({ ...call })],
    [messages.FunctionMessage, () => new messages.FunctionMessage({ ...named })],
    [messages.FunctionMessageChunk, () => new messages.FunctionMessageChunk({ ...named })],
    [messages.ChatMessage, () => new messages.ChatMessage({ ...role })],
    [messages.ChatMessageChunk, () => new messages.ChatMessageChunk({ ...role })],
    [messages.RemoveMessage, () => new messages.RemoveMessage({ id: "" })],
  ];
  const records: readonly RecordClass[] = [
    ...classes.map(([made, make]) => ({ name: made.name, make })),
    { name: "Document", make: () => new Document({ pageContent: "" }) },
    { name: "Send", make: () => new Send("", undefined) },
    { name: "Overwrite", make: () => new Overwrite(undefined) },
    { name: "DeltaSnapshot", make: () => new DeltaSnapshot(undefined) },
  ];
  return {
    stock: { messages: new Map(classes.map(([made]) => [made.name, made])), DeltaSnapshot },
    kinds: [
      ...records.map((record) => [prototypeOf(record.make()), recordKind(record)] as const),
      [Command.prototype, commandKind(recordKind({ name: "Command", make: () => new Command({}) }))],
    ],
  };
}

/** LangGraph also keeps what a command was made from, behind a symbol. */
function commandKind(record: Kind): Kind {
  const symbol = Symbol.for("langgraph.command");
  return {
    name: record.name,
    payload: (value) => [record.payload(value), Reflect.get(value, symbol)],
    revive(payload) {
      const [fields, made]: readonly unknown[] = Array.isArray(payload) ? payload : [];
      const command = record.revive(fields);
      if (!isRecord(command) || !isRecord(made)) throw new TypeError("expected a command");
      return Object.assign(command, { [symbol]: made });
    },
  };
}

function prototypeOf(value: object): object {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype === "object" && prototype !== null) return prototype;
  throw new TypeError("a class without a prototype");
}
