import { BatonError } from "../core/errors.ts";
import { builtinSource } from "./builtin.ts";
import { closureOf } from "./closure.ts";
import { compileEntry, type PromptEntry } from "./checked-prompt.ts";
import { folderSource } from "./folder.ts";
import { isPartialFile, promptFileOf, promptNameOf } from "./name.ts";
import type { PromptPin } from "./pin.ts";
import { keepCompiled } from "./compile.ts";
import type { PromptFile, PromptSource, RefusedFile } from "./source.ts";
import type { TemplateNode } from "./template-node.ts";

interface Root {
  readonly source: PromptSource;
  readonly files: ReadonlyMap<string, PromptFile | RefusedFile>;
  readonly partials: Map<string, readonly TemplateNode[]>;
}

interface ShownFile {
  readonly shown: string;
}

/** The prompts of one or more sources, read once, and Baton's own where these have none of that name. A broken file harms only the prompts that need it. */
export class PromptLibrary {
  readonly #roots: ReadonlyMap<string, Root>;
  readonly #builtin: ReadonlyMap<string, Root>;
  readonly #sources: readonly Root[];
  readonly #own: Root;
  readonly #pins: Map<string, PromptPin>;

  private constructor(sources: readonly Root[], builtin: Root, pins: readonly PromptPin[] = []) {
    this.#sources = sources;
    this.#own = builtin;
    this.#roots = indexByName(sources);
    this.#builtin = indexByName([builtin]);
    this.#pins = new Map(pins.map((pin) => [pin.name, pin]));
  }

  /** Reads the prompt files of folders. Throws `prompt-invalid` when two files have the same prompt name, `config-invalid` when a folder cannot be read. */
  static load(folders: readonly string[]): Promise<PromptLibrary> {
    return PromptLibrary.read(folders.map(folderSource));
  }

  /** Reads the prompt files of any sources; throws as `load`. */
  static async read(sources: readonly PromptSource[]): Promise<PromptLibrary> {
    const [builtin, ...roots] = await Promise.all([readRoot(builtinSource()), ...sources.map(readRoot)]);
    return new PromptLibrary(roots, builtin);
  }

  /** The same prompts, but for those that are given: these stand in the place of the ones of their names. */
  withPins(pins: readonly PromptPin[]): PromptLibrary {
    return new PromptLibrary(this.#sources, this.#own, pins);
  }

  /** All prompt names of the sources, sorted; partials and schemas have none. */
  names(): readonly string[] {
    return [...this.#roots.keys()].toSorted();
  }

  /** Names of Baton's own prompts that no source replaces, sorted. */
  builtins(): readonly string[] {
    return [...this.#builtin.keys()].filter((name) => !this.#roots.has(name)).toSorted();
  }

  /**
   * Pins a prompt: its file, the partials and schemas it uses, with their identity. Throws `prompt-not-found`, and the first mistake in any of
   * these files, so that a pin always renders.
   */
  pin(name: string): PromptPin {
    const known = this.#pins.get(name);
    if (known !== undefined) return known;
    const pin = this.#makePin(name);
    this.#pins.set(name, pin);
    return pin;
  }

  /** Pins a prompt, or nothing where it is absent or broken. */
  pinIfRight(name: string): PromptPin | undefined {
    try {
      return this.pin(name);
    } catch (error) {
      if (BatonError.is(error)) return undefined;
      throw error;
    }
  }

  #makePin(name: string): PromptPin {
    const { entry, used } = this.entry(name);
    const prompt = compileEntry(entry);
    const files = [...used.values()];
    const [main] = files;
    const pin = {
      name,
      ref: `${name}@${main?.blob ?? ""}`,
      closure: closureOf(files),
      dirty: files.some(({ dirty }) => dirty),
      files: files.map(({ path: file, blob, text }) => ({ path: file, blob, text })),
    };
    keepCompiled(pin, prompt);
    return pin;
  }

  /** What a prompt is compiled from; `used` fills with the files that are read for it. Throws `prompt-not-found`. */
  entry(name: string): { readonly entry: PromptEntry; readonly used: ReadonlyMap<string, PromptFile> } {
    const path = promptFileOf(name);
    const root = this.#roots.get(name) ?? this.#builtin.get(name);
    if (root === undefined) throw this.#notFound(name, path);
    const used = new Map<string, PromptFile>();
    const read = (wanted: string): string | undefined => {
      const file = root.files.get(wanted);
      if (file === undefined) return undefined;
      if ("refusal" in file) throw file.refusal;
      used.set(wanted, file);
      return file.text;
    };
    return {
      entry: { name, path, files: { read, show: (file) => root.source.show(file), partials: root.partials } },
      used,
    };
  }

  /** Every file of the sources, partials and schemas too, with the way errors name it; without Baton's own. */
  files(): readonly (ShownFile & (PromptFile | RefusedFile))[] {
    return this.#sources.flatMap(({ source, files }) =>
      [...files.values()].map((file) => ({ ...file, shown: source.show(file.path) })),
    );
  }

  /** The first mistake of every prompt that cannot be used; empty when all are right. */
  problems(): readonly BatonError[] {
    return this.names().flatMap((name) => {
      try {
        this.pin(name);
        return [];
      } catch (error) {
        if (BatonError.is(error)) return [error];
        throw error;
      }
    });
  }

  #notFound(name: string, path: string): BatonError {
    const known = this.names();
    const near = known.filter((candidate) => candidate.split("/").at(-1) === name.split("/").at(-1));
    const listed = (near.length > 0 ? near : known).slice(0, 8).map((candidate) => `\`${candidate}\``);
    const hint =
      listed.length === 0
        ? `Write \`${path}\` in a prompt folder.`
        : `Write \`${path}\` in a prompt folder, or use one of ${listed.join(", ")}.`;
    return new BatonError("prompt-not-found", `Prompt \`${name}\` does not exist.`, { hint });
  }
}

async function readRoot(source: PromptSource): Promise<Root> {
  const files = await source.files();
  return { source, files: new Map(files.map((file) => [file.path, file])), partials: new Map() };
}

function indexByName(roots: readonly Root[]): ReadonlyMap<string, Root> {
  const byName = new Map<string, Root>();
  const shownAs = new Map<string, string>();
  for (const root of roots) {
    for (const path of root.files.keys()) {
      const name = isPartialFile(path) ? undefined : promptNameOf(path);
      if (name === undefined) continue;
      // Folders that ignore case would show only one of two names that differ by case.
      const folded = name.toLowerCase();
      const shown = root.source.show(path);
      const other = shownAs.get(folded);
      if (other !== undefined) throw sameName(name, other, shown);
      shownAs.set(folded, shown);
      byName.set(name, root);
    }
  }
  return byName;
}

function sameName(name: string, first: string, second: string): BatonError {
  return new BatonError("prompt-invalid", `Prompt \`${name}\` has two files: \`${first}\` and \`${second}\`.`, {
    hint: "Rename or remove one of them; names that differ only by case count as the same.",
  });
}
