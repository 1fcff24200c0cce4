import { BatonError } from "../core/errors.ts";
import type { PromptBundle } from "./bundle.ts";
import { bundleSource } from "./bundle-source.ts";
import { PromptLibrary } from "./library.ts";
import { promptFileOf } from "./name.ts";
import type { PromptPin } from "./pin.ts";
import type { PromptRef } from "./ref.ts";
import { unknownText, type Versions } from "./versions.ts";

/** Gives prompts in the versions that a bundle holds: the bundled commit and those of tags. Needs neither Git nor files. */
export function bundleVersions(bundle: PromptBundle, current: PromptLibrary): Versions {
  const libraries = new Map<number, Promise<PromptLibrary>>();

  function libraryAt(index: number): Promise<PromptLibrary> {
    if (index === 0) return Promise.resolve(current);
    const known = libraries.get(index) ?? readAt(bundle, index);
    libraries.set(index, known);
    return known;
  }

  async function at(revision: string): Promise<PromptLibrary> {
    const index = bundle.versions.findIndex(
      ({ commit, tags }, position) =>
        tags.includes(revision) ||
        (position === 0 && revision === "HEAD") ||
        (/^[0-9a-f]{7,}$/u.test(revision) && commit?.startsWith(revision) === true),
    );
    if (index === -1) throw unknownVersion(bundle, revision);
    return await libraryAt(index);
  }

  async function pinBlob(name: string, blob: string): Promise<PromptPin> {
    const path = promptFileOf(name);
    for (const [index, { roots }] of bundle.versions.entries()) {
      const own = roots.some(({ files }) => Object.hasOwn(files, path) && files[path]?.startsWith(blob) === true);
      if (own) return (await libraryAt(index)).pin(name);
    }
    const builtin = current.builtins().includes(name) ? current.pin(name) : undefined;
    if (builtin?.files[0]?.blob.startsWith(blob) === true) return builtin;
    throw unknownText(name, blob, "in the bundle");
  }

  async function pin({ name, version }: PromptRef): Promise<PromptPin> {
    switch (version.kind) {
      case "disk":
        return current.pin(name);
      case "blob":
        return await pinBlob(name, version.blob);
      case "revision":
        try {
          return (await at(version.revision)).pin(name);
        } catch (error) {
          const isUnknown = BatonError.is(error) && error.code === "prompt-ref-unknown";
          // The refs that runs record name blobs.
          if (!isUnknown || !/^[0-9a-f]{7,64}$/u.test(version.revision)) throw error;
          return await pinBlob(name, version.revision);
        }
    }
  }

  return { pin, at, bundled: bundle.versions, [Symbol.dispose]() {} };
}

async function readAt(bundle: PromptBundle, index: number): Promise<PromptLibrary> {
  const { roots = [], tags = [], commit } = bundle.versions[index] ?? {};
  const version = `@${tags[0] ?? commit ?? ""}`;
  return await PromptLibrary.read(roots.map((root) => bundleSource({ bundle, root, version, dirty: false })));
}

function unknownVersion({ versions }: PromptBundle, revision: string): BatonError {
  const tags = versions.flatMap((version) => version.tags).slice(0, 12);
  return new BatonError("prompt-ref-unknown", `The prompt bundle has no version \`${revision}\`.`, {
    hint:
      tags.length === 0
        ? "It was made of a repository without tags: tag the versions that you want to go back to, then bundle again."
        : `It has the tags ${tags.map((tag) => `\`${tag}\``).join(", ")}. Bundle again to bring others.`,
  });
}
