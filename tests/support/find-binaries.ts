import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where to look for programs: the folders of `path`, then the packagers' own folders below `root`. */
export type Places = { readonly path: string; readonly root: string };

/** Returns the first folder that holds all of `names`, or nothing. */
export function findBinaries(names: readonly string[], places: Places): string | undefined {
  const folders = [...places.path.split(delimiter).filter((folder) => folder !== ""), ...packagedFolders(places.root)];
  return folders.find((folder) => names.every((name) => isProgram(join(folder, name))));
}

/** Debian and Homebrew keep versioned servers off PATH. Newest version first. */
function packagedFolders(root: string): string[] {
  const homebrew = ["opt/homebrew/opt", "usr/local/opt", "home/linuxbrew/.linuxbrew/opt"];
  return [
    ...versions(join(root, "usr/lib/postgresql"), /^\d+$/),
    ...versions(join(root, "usr"), /^pgsql-\d+$/),
    ...homebrew.flatMap((prefix) => versions(join(root, prefix), /^(postgresql(@\d+)?|redis|valkey)$/)),
    join(root, "Applications/Postgres.app/Contents/Versions/latest/bin"),
    join(root, "usr/bin"),
  ];
}

function versions(parent: string, name: RegExp): string[] {
  try {
    const found = readdirSync(parent).filter((entry) => name.test(entry));
    return found.toSorted((a, b) => number(b) - number(a)).map((entry) => join(parent, entry, "bin"));
  } catch {
    return []; // the packager is not used on this machine
  }
}

function number(name: string): number {
  return Number(/\d+/.exec(name)?.[0] ?? 0);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run
  }
}
