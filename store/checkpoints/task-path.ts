const PULLED = "~__pregel_pull, ";

/** Channels of LangGraph's own: triggers of nodes, joins, packets, errors, interrupts, answers. */
export function isField(channel: string): boolean {
  return !channel.startsWith("__") && !channel.startsWith("branch:") && !channel.startsWith("join:");
}

/** `~__pregel_pull, writer` is a node that its edges call; `~__pregel_push, 0000000002, …` the third packet sent in the step before. */
export function pathOf(path: string): { readonly node?: string; readonly packet?: number } {
  const [kind, ...rest] = path.split(", ");
  if (kind === "~__pregel_pull") return { node: rest.join(", ") };
  return kind === "~__pregel_push" ? { packet: Number(rest[0]) } : {};
}

/** The same path in fewer letters: that of a node which its edges call is the node's name. */
export function shortPath(path: string): string {
  if (!path.startsWith("~")) return `=${path}`;
  const node = path.startsWith(PULLED) ? path.slice(PULLED.length) : "";
  return node === "" || node.startsWith("~") || node.startsWith("=") ? path : node;
}

const TASK = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u;

/** The id of a task in fewer letters. */
export function shortTask(task: string): string {
  return TASK.test(task) ? Buffer.from(task.replaceAll("-", ""), "hex").toString("base64url") : `=${task}`;
}

/** The id that `shortTask` was given. */
export function fullTask(short: string): string {
  if (short.startsWith("=")) return short.slice(1);
  const digits = Buffer.from(short, "base64url").toString("hex");
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20]].map(([from, to]) => digits.slice(from, to)).join("-");
}

/** The path that `shortPath` was given. */
export function fullPath(short: string): string {
  if (short.startsWith("=")) return short.slice(1);
  return short.startsWith("~") ? short : `${PULLED}${short}`;
}
