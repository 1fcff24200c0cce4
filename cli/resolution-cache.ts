import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { getCompileCacheDir, registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { sha256 } from "../core/sha256.ts";

/** What installers write last: while it is unchanged, imports from one installed package to another lead where they led. */
const STAMPS = [".package-lock.json", ".modules.yaml", ".yarn-state.yml"] as const;

let keeps = false;

/** Where an import leads: its URL below the folder of packages, and its format as Node named it. */
type Target = readonly [url: string, format: string | null];

interface Kept {
  readonly stamp: string;
  readonly targets: Readonly<Record<string, Target>>;
}

/** The imports of one `node_modules` folder. */
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

  function shelfOf(root: string): Shelf | undefined {
    if (!shelves.has(root)) shelves.set(root, openShelf(cache ?? "", root));
    return shelves.get(root);
  }

  registerHooks({
    resolve(specifier, context, next) {
      const root = rootOf(context.parentURL);
      const shelf = root === undefined ? undefined : shelfOf(root);
      if (root === undefined || shelf === undefined) return next(specifier, context);
      // CommonJS may be led elsewhere than an import.
      const way = context.conditions.includes("require") ? "r" : "i";
      const key = `${way} ${specifier} ${(context.parentURL ?? "").slice(root.length)}`;
      const known = shelf.find(key);
      if (known !== undefined) return { url: root + known[0], format: known[1], shortCircuit: true };
      const found = next(specifier, context);
      if (found.url.startsWith(root)) shelf.keep(key, [found.url.slice(root.length), found.format ?? null]);
      return found;
    },
  });
  process.once("exit", () => {
    for (const shelf of shelves.values()) shelf?.save();
  });
}

const FOLDER = "/node_modules/";

/** The URL of the outermost folder of packages that a file lies in. */
function rootOf(file: string | undefined): string | undefined {
  const at = file?.startsWith("file:") === true ? file.indexOf(FOLDER) : -1;
  return at === -1 ? undefined : file?.slice(0, at + FOLDER.length);
}

/** Undefined where nothing tells whether the packages are still the same. */
function openShelf(cache: string, root: string): Shelf | undefined {
  const stamp = stampOf(fileURLToPath(root));
  if (stamp === undefined) return undefined;
  const file = join(cache, `resolved-${sha256(root).slice(0, 16)}.json`);
  const targets = new Map<string, Target>(Object.entries(readKept(file, stamp)));
  const seen = new Map<string, boolean>();
  let grew = false;

  function exists(url: string): boolean {
    const known = seen.get(url);
    if (known !== undefined) return known;
    const found = existsSync(fileURLToPath(root + url));
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
    const kept = JSON.parse(readFileSync(file, "utf8")) as Kept;
    return kept.stamp === stamp ? kept.targets : {};
  } catch {
    return {};
  }
}
