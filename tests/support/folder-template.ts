import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const templates = new Map<string, string>();

process.once("exit", () => {
  for (const folder of templates.values()) rmSync(folder, { recursive: true, force: true });
});

/** Fills a folder with what `make` once made under this key: copying a Git repository is much faster than committing to one again. */
export function copyTemplate(key: string, folder: string, make: (template: string) => void): void {
  const known = templates.get(key);
  const template = known ?? mkdtempSync(join(tmpdir(), "baton-template-"));
  if (known === undefined) {
    make(template);
    templates.set(key, template);
  }
  // Git knows by their times that files are as they were committed.
  cpSync(template, folder, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
}
