import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { isJsonObject } from "../core/json.ts";
import { blobId } from "../prompts/blob.ts";
import type { Run, RunPromptPin } from "../runs/run.ts";

/**
 * Refs of the prompts that a run has pinned and whose files, in the project's folder or bundle, are other ones now. Only compares: nothing is
 * loaded, and a file that is not there says nothing. A version that was asked for by name is left out: it was not the files' when it was taken.
 */
export async function changedSince({ pins }: Run, folder: string): Promise<ReadonlySet<string>> {
  const { promptOrigin: origin, prompts } = pins;
  if (origin === undefined) return new Set();
  const paths = origin.paths.map((path) => resolve(folder, path));
  const isNow = origin.kind === "bundle" ? await bundled(paths[0] ?? "") : onDisk(paths);
  const named = new Set((pins.overrides ?? []).flatMap(({ wanted, to }) => (wanted.includes("@") ? [to] : [])));
  const own = prompts.filter(({ ref }) => !named.has(ref));
  const changed = await Promise.all(own.map(async (pin) => ((await hasChanged(pin, isNow)) ? [pin.ref] : [])));
  return new Set(changed.flat());
}

/** Whether a file has the content that a blob id names; undefined when there is no such file. */
type IsNow = (path: string, blob: string) => Promise<boolean | undefined>;

async function hasChanged({ files }: RunPromptPin, isNow: IsNow): Promise<boolean> {
  const same = await Promise.all(files.map(({ path, blob }) => isNow(path, blob)));
  return same.includes(false);
}

function onDisk(roots: readonly string[]): IsNow {
  return async (path, blob) => {
    const found = await Promise.all(roots.map((root) => readIfThere(resolve(root, path))));
    const bytes = found.find((content) => content !== undefined);
    if (bytes === undefined) return undefined;
    const format = blob.length === 64 ? "sha256" : "sha1";
    // Git may have made CRLF line ends at checkout.
    const asLf = Buffer.from(bytes.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
    return [bytes, asLf].some((content) => blobId(content, format) === blob);
  };
}

async function bundled(file: string): Promise<IsNow> {
  const blobs = blobsOf((await readIfThere(file))?.toString() ?? "");
  return async (path, blob) => {
    const now = blobs.get(path);
    return now === undefined ? undefined : now === blob;
  };
}

/** Blob ids by path, out of a bundle that nobody has proven: a damaged one says nothing. */
function blobsOf(text: string): ReadonlyMap<string, unknown> {
  const bundle = parsed(text);
  const versions = isJsonObject(bundle) && Array.isArray(bundle["versions"]) ? bundle["versions"] : [];
  const roots = isJsonObject(versions[0]) && Array.isArray(versions[0]["roots"]) ? versions[0]["roots"] : [];
  return new Map(
    roots.flatMap((root) => (isJsonObject(root) && isJsonObject(root["files"]) ? Object.entries(root["files"]) : [])),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
