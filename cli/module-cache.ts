import { statSync } from "node:fs";
import { getCompileCacheDir, registerHooks, type LoadFnOutput } from "node:module";
import { fileURLToPath } from "node:url";

import { sha256 } from "../core/sha256.ts";
import { openShelf, type Shelf } from "./module-shelf.ts";

/** What installers write last: while it is unchanged, imports from one installed package to another lead where they led. */
const STAMPS = [".package-lock.json", ".modules.yaml", ".yarn-state.yml"] as const;

const PACKAGES = "/node_modules/";

/** Baton's own files, which lie in no folder of packages where Baton itself is worked on. */
const OWN = new URL("../", import.meta.url).href;

let keeps = false;

/** What is kept of one folder of packages, and its stamp now. */
interface Root {
  readonly shelf: Shelf;
  readonly stamp: string;
}

/**
 * Remembers across processes where imports inside `node_modules` lead and what stands there: LangGraph alone is some six hundred files, and most of
 * the time that it takes to load goes into finding, opening and reading them. Kept in one file a folder of packages, beside Node's compiled code,
 * and off where that is off. A file that was edited since is read anew, also where no installer did it.
 *
 * Source: the hooks of https://nodejs.org/api/module.html#moduleregisterhooksoptions
 */
export function keepModules(): void {
  const cache = getCompileCacheDir();
  if (cache === undefined || keeps) return;
  keeps = true;
  const roots = new Map<string, Root | undefined>();

  function rootOf(file: string | undefined): Root | undefined {
    const url = rootUrlOf(file);
    if (url === undefined) return undefined;
    if (!roots.has(url)) roots.set(url, openRoot(cache ?? "", url));
    return roots.get(url);
  }

  registerHooks({
    resolve(specifier, context, next) {
      const root = rootOf(context.parentURL);
      if (root === undefined) return next(specifier, context);
      // CommonJS may be led elsewhere than an import. Node 22 gives a set where its types, and Node 26, say an array.
      const way = new Set(context.conditions).has("require") ? "r" : "i";
      const key = `${way} ${specifier} ${context.parentURL ?? ""}`;
      const kept = root.shelf.target(key, root.stamp);
      if (kept !== undefined) return kept;
      const found = next(specifier, context);
      if (rootUrlOf(found.url) !== undefined)
        root.shelf.keepTarget(key, { stamp: root.stamp, url: found.url, format: found.format });
      return found;
    },
    load(url, context, next) {
      const shelf = context.format === "module" ? rootOf(url)?.shelf : undefined;
      if (shelf === undefined) return next(url, context);
      const source = shelf.text(url);
      if (source !== undefined) return { format: "module", source, shortCircuit: true };
      return keepText(shelf, url, () => next(url, context));
    },
  });
  process.once("exit", () => {
    for (const root of roots.values()) root?.shelf.save();
  });
}

function keepText(shelf: Shelf, url: string, load: () => LoadFnOutput): LoadFnOutput {
  // Before it is read: what is written meanwhile makes the kept text an old one, never a wrong one.
  const written = statSync(fileURLToPath(url), { throwIfNoEntry: false });
  const loaded = load();
  if (written !== undefined && loaded.source !== undefined && loaded.source !== null) {
    const text = typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
    const bytes = Buffer.from(text);
    if (bytes.byteLength === written.size) shelf.keepText(url, { bytes, mtimeMs: written.mtimeMs });
  }
  return loaded;
}

/** The URL of the outermost folder of packages that a file lies in, or of Baton's own folder. */
function rootUrlOf(file: string | undefined): string | undefined {
  if (file?.startsWith("file:") !== true) return undefined;
  const at = file.indexOf(PACKAGES);
  if (at !== -1) return file.slice(0, at + PACKAGES.length);
  return file.startsWith(OWN) ? OWN : undefined;
}

/** Undefined where nothing tells whether the packages are still the same. */
function openRoot(cache: string, url: string): Root | undefined {
  const packages = url === OWN ? new URL("../node_modules/", OWN).href : url;
  for (const name of STAMPS) {
    const found = statSync(fileURLToPath(packages + name), { throwIfNoEntry: false });
    if (found === undefined) continue;
    const shelf = openShelf(cache, sha256(url).slice(0, 16));
    return { shelf, stamp: `${name} ${found.mtimeMs} ${found.size}` };
  }
  return undefined;
}
