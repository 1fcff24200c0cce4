import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

const REPOSITORY = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

/** The package as its users get it, installed in a project of its own. */
export type PackedPackage = {
  /** The consumer's project. */
  readonly folder: string;
  /** Where the package lies in it. */
  readonly installed: string;
  /** Paths of all files of the package, `/` between folders. */
  readonly files: readonly string[];
  remove(): Promise<void>;
};

/**
 * Packs the repository as `npm publish` would and installs the tarball in an empty project, without network: the
 * package's declared dependencies, and nothing else, are linked beside it. Expects `dist` to be built.
 */
export async function packPackage(): Promise<PackedPackage> {
  const folder = await mkdtemp(join(tmpdir(), "baton-consumer-"));
  const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder];
  await run("npm", pack, { cwd: REPOSITORY, shell: process.platform === "win32" });
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("`npm pack` wrote no tarball");
  const installed = join(folder, "node_modules/batonjs");
  await mkdir(installed, { recursive: true });
  await run("tar", ["-xzf", join(folder, tarball), "-C", installed, "--strip-components=1"]);
  await linkDependencies(folder, installed);
  const entries = await readdir(installed, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return {
    folder,
    installed,
    files: files.map((file) => file.slice(installed.length + 1).replaceAll("\\", "/")).toSorted(),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function linkDependencies(folder: string, installed: string): Promise<void> {
  // Our own manifest, whose shape is tested beside this.
  const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
    peerDependencies: Record<string, string>;
  };
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    const link = join(folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(REPOSITORY, "node_modules", name), link, "junction");
  }
}
