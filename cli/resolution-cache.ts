import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { getCompileCacheDir, registerHooks } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { sha256 } from "../core/sha256.ts";

/** What installers write last: while it is unchanged, imports from one installed package to another lead where they led. */
const STAMPS = [".package-lock.json", ".modules.yaml", ".yarn-state.yml"] as const;

let keeps = false;

/** Where an import leads: its URL, and its format as Node named it; empty where it named none. */
type Target = readonly [url: string, format: string];

interface Kept {
  readonly stamp: string;
  readonly targets: Readonly<Record<string, Target>>;
}

/** The imports of one folder of packages. */
interface Shelf {
  find(key: string): Target | undefined;
  keep(key: string, target: Target): void;
  /** Writes what is new. */
  save(): void;
}

/**
 * Remembers across processes where imports inside `node_modules` lead: of the time that LangGraph takes to load, two thirds go into finding its
 * some six hundred files. Kept beside Node's compiled code, and off where that is off. A package that is edited by hand, without its installer, is
 * seen as soon as its files are where they were not before.
 *
 * Source: the hooks of https://nodejs.org/api/module.html#moduleregisterhooksoptions
 */
export function keepResolved(): void {
  const cache = getCompileCacheDir();
  if (cache === undefined || keeps) return;
  keeps = true;
  const shelves = new Map<string, Shelf | undefined>();

  function shelfOf(file: string | undefined): Shelf | undefined {
    const root = rootOf(file);
    if (root === undefined) return undefined;
    if (!shelves.has(root)) shelves.set(root, openShelf(cache ?? "", root));
    return shelves.get(root);
  }

  registerHooks({
    resolve(specifier, context, next) {
      const shelf = shelfOf(context.parentURL);
      if (shelf === undefined) return next(specifier, context);
      // CommonJS may be led elsewhere than an import. Node 22 gives a set where its types, and Node 26, say an array.
      const way = new Set(context.conditions).has("require") ? "r" : "i";
      const key = `${way} ${specifier} ${context.parentURL ?? ""}`;
      const known = shelf.find(key);
      // A format that is null, as JSON keeps what is undefined, is refused when the file is loaded.
      if (known !== undefined) return { url: known[0], format: known[1] || undefined, shortCircuit: true };
      const found = next(specifier, context);
      if (rootOf(found.url) !== undefined) shelf.keep(key, [found.url, found.format ?? ""]);
      return found;
    },
  });
  process.once("exit", () => {
    for (const shelf of shelves.values()) shelf?.save();
  });
}

const PACKAGES = "/node_modules/";

/** Baton's own files, which lie in no folder of packages where Baton itself is worked on. */
const OWN = new URL("../", import.meta.url).href;

/** The URL of the outermost folder of packages that a file lies in, or of Baton's own folder. */
function rootOf(file: string | undefined): string | undefined {
  if (file?.startsWith("file:") !== true) return undefined;
  const at = file.indexOf(PACKAGES);
  if (at !== -1) return file.slice(0, at + PACKAGES.length);
  return file.startsWith(OWN) ? OWN : undefined;
}

const PREFIX = "resolved-";

/** Undefined where nothing tells whether the packages are still the same. */
function openShelf(cache: string, root: string): Shelf | undefined {
  const stamp = stampOf(fileURLToPath(root === OWN ? new URL("../node_modules/", OWN) : root));
  if (stamp === undefined) return undefined;
  const file = join(cache, `${PREFIX}${sha256(root).slice(0, 16)}.json`);
  const targets = new Map<string, Target>(Object.entries(readKept(file, stamp)));
  const seen = new Map<string, boolean>();
  let grew = false;

  function exists(url: string): boolean {
    const known = seen.get(url);
    if (known !== undefined) return known;
    const found = existsSync(fileURLToPath(url));
    seen.set(url, found);
    return found;
  }

  return {
    find(key) {
      const target = targets.get(key);
      return target === undefined || !exists(target[0]) ? undefined : target;
    },
    keep(key, target) {
      grew = true;
      targets.set(key, target);
    },
    save() {
      if (!grew) return;
      const kept: Kept = { stamp, targets: Object.fromEntries(targets) };
      try {
        const half = `${file}.${process.pid}`;
        writeFileSync(half, JSON.stringify(kept), { mode: 0o600 });
        renameSync(half, file);
        sweep(dirname(file));
      } catch {
        // A cache that cannot be written costs time, nothing else.
      }
    },
  };
}

function stampOf(folder: string): string | undefined {
  for (const name of STAMPS) {
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    if (found !== undefined) return `${name} ${found.mtimeMs} ${found.size}`;
  }
  return undefined;
}

function readKept(file: string, stamp: string): Kept["targets"] {
  try {
    // Written below by this program of this version of Node; what is no such file is made anew.
    const kept = JSON.parse(readOwn(file)) as Kept;
    return kept.stamp === stamp ? kept.targets : {};
  } catch {
    return {};
  }
}

/** What is read here decides what is executed: it must have been written by this user, and nobody else may write to it. */
function readOwn(file: string): string {
  const opened = openSync(file, "r");
  try {
    const { uid, mode } = fstatSync(opened);
    const isOwn = process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
    if (!isOwn) throw new Error(`\`${file}\` can be written by somebody else.`);
    return readFileSync(opened, "utf8");
  } finally {
    closeSync(opened);
  }
}

const KEPT_DAYS = 30;

/** Removes what was written long ago: the packages of a folder that is gone are never asked for again, those of any other are kept anew. */
function sweep(folder: string): void {
  const oldest = Date.now() - KEPT_DAYS * 24 * 3_600_000;
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (name.startsWith(PREFIX) && statSync(file).mtimeMs < oldest) rmSync(file, { force: true });
  }
}
