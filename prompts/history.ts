import { BatonError } from "../core/errors.ts";
import { type Commit, folderCommits } from "./commits.ts";
import { isPartialFile, promptFileOf } from "./name.ts";
import type { Versions } from "./versions.ts";

/** A commit after which a prompt behaves differently. */
export interface PromptChange extends Commit {
  /** `name@<blob>`; null where the commit removed the prompt or left it broken. */
  readonly ref: string | null;
  readonly closure: string | null;
  readonly state: "usable" | "broken" | "absent";
  /** Files of the prompt that the commit changed: its own, partials, schemas. */
  readonly paths: readonly string[];
}

export interface HistoryRequest {
  readonly name: string;
  /** The prompt folder as an absolute path. */
  readonly root: string;
  readonly limit: number;
}

/** The commits that changed a prompt, its partials or its schemas, newest first; none where Git knows nothing of it. */
export async function promptHistory(
  versions: Versions,
  { name, root, limit }: HistoryRequest,
): Promise<readonly PromptChange[]> {
  const file = promptFileOf(name);
  const touching = (await folderCommits(root)).filter(({ paths }) => paths.some((path) => mayBelong(path, file)));
  const changes: PromptChange[] = [];
  let newer: Snapshot | undefined;
  for (const commit of touching) {
    const snapshot = await snapshotAt(versions, name, commit.id);
    if (newer !== undefined && newer.identity !== snapshot.identity) changes.push(changeBetween(snapshot, newer));
    if (changes.length >= limit) return changes;
    newer = { ...snapshot, commit };
  }
  if (newer !== undefined && newer.state !== "absent") changes.push(changeBetween(undefined, newer));
  return changes;
}

function mayBelong(path: string, file: string): boolean {
  return path === file || isPartialFile(path) || path.endsWith(".json");
}

interface Snapshot extends Pick<PromptChange, "ref" | "closure" | "state"> {
  readonly identity: string;
  readonly used: ReadonlySet<string>;
  readonly commit?: Commit & { readonly paths: readonly string[] };
}

async function snapshotAt(versions: Versions, name: string, commit: string): Promise<Snapshot> {
  const library = await versions.at(commit);
  if (!library.names().includes(name))
    return { ref: null, closure: null, state: "absent", identity: "absent", used: new Set() };
  try {
    const { ref, closure, files } = library.pin(name);
    return { ref, closure, state: "usable", identity: closure, used: new Set(files.map(({ path }) => path)) };
  } catch (error) {
    if (!BatonError.is(error)) throw error;
    const { entry, used } = library.entry(name);
    const main = entry.files.read(entry.path) ?? "";
    return { ref: null, closure: null, state: "broken", identity: `broken ${main}`, used: new Set(used.keys()) };
  }
}

function changeBetween(older: Snapshot | undefined, newer: Snapshot): PromptChange {
  const { id = "", date = "", author = "", title = "", paths = [] } = newer.commit ?? {};
  const { ref, closure, state } = newer;
  const own = paths.filter((path) => newer.used.has(path) || older?.used.has(path) === true);
  return { id, date, author, title, ref, closure, state, paths: own };
}
