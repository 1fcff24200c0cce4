import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { ResolveFnOutput } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where an import led while its folder of packages had a stamp, and its format as Node named it. */
interface Target {
  readonly stamp: string;
  readonly url: string;
  readonly format: ResolveFnOutput["format"];
}

interface Text {
  readonly bytes: Uint8Array;
  /** When the file was written. */
  readonly mtimeMs: number;
}

/** What the file begins with: a line of JSON, followed by the texts one after another. */
interface Index {
  readonly stamps: readonly string[];
  readonly urls: readonly string[];
  /** By the key of an import: which stamp, which URL, which format; empty where Node named none. */
  readonly targets: Readonly<Record<string, readonly [stamp: number, url: number, format: string]>>;
  /** Of each URL that has one, in their order in the file. */
  readonly texts: readonly (readonly [url: number, bytes: number, mtimeMs: number])[];
}

/** The imports and files of one project, in one file that is read whole. */
export interface Shelf {
  target(key: string, stamp: string): ResolveFnOutput | undefined;
  keepTarget(key: string, target: Target): void;
  /** The text of a file that is still as it was. */
  text(url: string): string | undefined;
  keepText(url: string, text: Text): void;
  /** Writes what is new. */
  save(): void;
}

const SHELF_PREFIX = "modules-";

/** Opens the shelf of this name in the folder of the compiled code. */
export function openShelf(folder: string, name: string): Shelf {
  const file = join(folder, `${SHELF_PREFIX}${name}`);
  const { targets, texts } = readShelf(file);
  /** Of the files that were looked at in this process. */
  const unchanged = new Map<string, boolean>();
  let grew = false;

  function isUnchanged(url: string): boolean {
    const known = unchanged.get(url);
    if (known !== undefined) return known;
    const text = texts.get(url);
    const found = statSync(fileURLToPath(url), { throwIfNoEntry: false });
    const same =
      found !== undefined &&
      (text === undefined || (found.mtimeMs === text.mtimeMs && found.size === text.bytes.byteLength));
    unchanged.set(url, same);
    return same;
  }

  return {
    target(key, stamp) {
      const target = targets.get(key);
      // A file that was edited is still where the import leads; one that is gone is looked for anew.
      if (target?.stamp !== stamp || (!isUnchanged(target.url) && !exists(target.url))) return undefined;
      return { url: target.url, format: target.format, shortCircuit: true };
    },
    keepTarget(key, target) {
      grew = true;
      targets.set(key, target);
    },
    text(url) {
      const text = texts.get(url);
      return text === undefined || !isUnchanged(url) ? undefined : DECODER.decode(text.bytes);
    },
    keepText(url, text) {
      grew = true;
      texts.set(url, text);
      unchanged.set(url, true);
    },
    save() {
      if (!grew) return;
      for (const url of texts.keys()) if (!isUnchanged(url)) texts.delete(url);
      writeShelf(file, { targets, texts });
    },
  };
}

const DECODER = new TextDecoder();

function exists(url: string): boolean {
  return statSync(fileURLToPath(url), { throwIfNoEntry: false }) !== undefined;
}

interface Content {
  readonly targets: Map<string, Target>;
  readonly texts: Map<string, Text>;
}

/** Empty where there is no such file, or none that this program wrote. */
function readShelf(file: string): Content {
  const content: Content = { targets: new Map(), texts: new Map() };
  try {
    const bytes = readOwn(file);
    const end = bytes.indexOf("\n");
    // Written below by this program; what is no such file throws here or is made anew.
    const { stamps, urls, targets, texts } = JSON.parse(bytes.toString("utf8", 0, end)) as Index;
    for (const [key, [stamp, url, format]] of Object.entries(targets))
      content.targets.set(key, {
        stamp: stamps[stamp] ?? "",
        url: urls[url] ?? "",
        format: format === "" ? undefined : format,
      });
    let at = end + 1;
    for (const [url, length, mtimeMs] of texts) {
      content.texts.set(urls[url] ?? "", { bytes: bytes.subarray(at, at + length), mtimeMs });
      at += length;
    }
    return at === bytes.byteLength ? content : { targets: new Map(), texts: new Map() };
  } catch {
    // Nothing kept yet, or half of it: everything is found and read as ever.
    return { targets: new Map(), texts: new Map() };
  }
}

/** What is read here is executed: it must have been written by this user, and nobody else may write to it. */
function readOwn(file: string): Buffer {
  const opened = openSync(file, "r");
  try {
    const { uid, mode } = fstatSync(opened);
    const isOwn = process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
    if (!isOwn) throw new Error(`\`${file}\` can be written by somebody else.`);
    return readFileSync(opened);
  } finally {
    closeSync(opened);
  }
}

function writeShelf(file: string, { targets, texts }: Content): void {
  const stamps = new Numbered();
  const urls = new Numbered();
  const index: Index = {
    targets: Object.fromEntries(
      [...targets].map(([key, { stamp, url, format }]) => [key, [stamps.of(stamp), urls.of(url), format ?? ""]]),
    ),
    texts: [...texts].map(([url, { bytes, mtimeMs }]) => [urls.of(url), bytes.byteLength, mtimeMs]),
    stamps: stamps.all,
    urls: urls.all,
  };
  try {
    const half = `${file}.${process.pid}`;
    const head = Buffer.from(`${JSON.stringify(index)}\n`);
    writeFileSync(half, Buffer.concat([head, ...[...texts.values()].map(({ bytes }) => bytes)]), { mode: 0o600 });
    renameSync(half, file);
    sweep(dirname(file));
  } catch {
    // A cache that cannot be written costs time, nothing else.
  }
}

const KEPT_DAYS = 30;

/** Removes what was written long ago: the packages of a folder that is gone are never asked for again, those of any other are kept anew. */
function sweep(folder: string): void {
  const oldest = Date.now() - KEPT_DAYS * 24 * 3_600_000;
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (name.startsWith(SHELF_PREFIX) && statSync(file).mtimeMs < oldest) rmSync(file, { force: true });
  }
}

/** Gives each text a number, from 0. */
class Numbered {
  readonly all: string[] = [];
  readonly #numbers = new Map<string, number>();

  of(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.all.length);
    return this.all.push(text) - 1;
  }
}
