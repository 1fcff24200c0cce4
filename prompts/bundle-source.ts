import type { BundledRoot, PromptBundle } from "./bundle.ts";
import type { PromptFile, PromptSource } from "./source.ts";

/** Which files of a bundle are meant. */
export interface BundledFiles {
  readonly bundle: PromptBundle;
  readonly root: BundledRoot;
  /** How errors name the version: `@v2`, or nothing for the bundled one. */
  readonly version?: string;
  /** Whether the files are what the commit has. @default the bundle's own word */
  readonly dirty?: boolean;
}

/** Prompt files of one folder in a bundle that was read and proven. */
export function bundleSource({ bundle, root, version = "", dirty = bundle.dirty }: BundledFiles): PromptSource {
  const show = (path: string): string => `${root.folder === "" ? "" : `${root.folder}/`}${path}${version}`;
  return {
    show,
    files: async () =>
      Object.entries(root.files)
        .map(([path, blob]): PromptFile => ({ path, blob, text: bundle.texts[blob] ?? "", dirty }))
        .toSorted((one, other) => (one.path < other.path ? -1 : 1)),
  };
}
