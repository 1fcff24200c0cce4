import type { RunPrompts } from "../agents/services.ts";
import { BatonError } from "../core/errors.ts";
import type { DeclaredNode } from "../agents/rights.ts";
import type { Workflow } from "../graph/workflow.ts";
import type { CompiledPrompt } from "../prompts/checked-prompt.ts";
import { compilePrompt } from "../prompts/compile.ts";
import type { PromptLibrary } from "../prompts/library.ts";
import type { PromptPin } from "../prompts/pin.ts";
import type { RunPromptPin } from "./run.ts";
import type { BlobRow, Store } from "./store.ts";

/**
 * Pins every prompt that a run of the workflow can use: those its nodes name, and, where a plain function or a subgraph stands in the
 * graph, all others as well, since it may call any agent. `chosen` stand in the place of the library's. Throws `prompt-not-found`, `prompt-invalid` and, when an agent does not read
 * what its prompt needs, `prompt-variable`.
 */
export function pinPrompts(
  workflow: Workflow,
  library: PromptLibrary,
  chosen: ReadonlyMap<string, PromptPin> = new Map(),
): readonly PromptPin[] {
  const declared = new Map<string, PromptPin>();
  for (const name of promptNames(workflow)) declared.set(name, chosen.get(name) ?? library.pin(name));
  for (const pin of declared.values()) refuseUnread(workflow, pin);
  const isClosed = withInner(workflow.nodes).every(({ rights }) => rights !== undefined);
  return isClosed ? [...declared.values()] : [...declared.values(), ...othersOf(library, { declared, chosen })];
}

/** The prompts that the nodes of a workflow name, each once. */
export function promptNames({ nodes }: Pick<Workflow, "nodes">): readonly string[] {
  return [
    ...new Set(
      withInner(nodes).flatMap(({ rights }) => [
        ...(rights?.prompt === undefined ? [] : [rights.prompt]),
        ...(rights?.prompts ?? []),
      ]),
    ),
  ];
}

/** Throws `prompt-variable` when an agent of the workflow does not read what the prompt needs. */
export function refuseUnread({ nodes }: Workflow, pin: PromptPin): void {
  for (const { name, rights } of withInner(nodes)) {
    if (rights?.prompt === pin.name) refuseUnreadVariables({ node: name, reads: rights.reads, pin });
  }
}

/** The nodes, and those of the workflows that stand as nodes among them. */
function withInner(nodes: readonly DeclaredNode[]): readonly DeclaredNode[] {
  return nodes.flatMap((node) => [node, ...withInner(node.rights?.inner ?? [])]);
}

interface Pinned {
  readonly declared: ReadonlyMap<string, PromptPin>;
  readonly chosen: ReadonlyMap<string, PromptPin>;
}

function othersOf(library: PromptLibrary, { declared, chosen }: Pinned): readonly PromptPin[] {
  return [...library.names(), ...library.builtins()].flatMap((name) => {
    if (declared.has(name)) return [];
    // A broken file that no agent declares must not stop the run: only a call that asks for it fails.
    return chosen.get(name) ?? library.pinIfRight(name) ?? [];
  });
}

interface DeclaredUse {
  readonly node: string;
  readonly reads: readonly string[];
  readonly pin: PromptPin;
}

function refuseUnreadVariables({ node, reads, pin }: DeclaredUse): void {
  const unread = compilePrompt(pin).variables.find(({ name, required }) => required && !reads.includes(name));
  if (unread === undefined) return;
  const file = pin.files[0]?.path ?? pin.name;
  throw new BatonError(
    "prompt-variable",
    `Prompt \`${pin.name}\` needs \`${unread.name}\`, but agent \`${node}\` does not read it. (${file})`,
    {
      hint: `Add "${unread.name}" to \`reads\` of the agent, or remove the variable from the prompt's input.`,
    },
  );
}

/** Splits pins into what the run row holds and the texts, which are stored once under their blob ids. */
export function toRunPins(pins: readonly PromptPin[]): {
  readonly prompts: readonly RunPromptPin[];
  readonly blobs: readonly BlobRow[];
} {
  return {
    prompts: pins.map(({ files, ...pin }) => ({ ...pin, files: files.map(({ path, blob }) => ({ path, blob })) })),
    blobs: pins.flatMap(({ files }) => files.map(({ blob, text }) => ({ id: blob, text }))),
  };
}

/** Reads a run's prompts back from the store: never from the working tree. Throws `prompt-pin-missing` naming the closure. */
export async function loadPins(blobs: Pick<Store["blobs"], "get">, pins: readonly RunPromptPin[]): Promise<RunPrompts> {
  const used = pins.filter(({ replaced }) => replaced !== true);
  const loaded = await Promise.all(
    used.map(async (pin): Promise<PromptPin> => {
      const files = pin.files.map(async ({ path, blob }) => ({ path, blob, text: await textOf(blobs, pin, blob) }));
      return { ...pin, files: await Promise.all(files) };
    }),
  );
  const byName = new Map(loaded.map((pin) => [pin.name, pin]));
  const compiled = new Map<string, CompiledPrompt>();

  /** Compiled when it is first used: a run that goes on near its end needs few of its prompts. */
  function compile(pin: PromptPin): CompiledPrompt {
    const prompt = compiled.get(pin.name) ?? compilePrompt(pin);
    compiled.set(pin.name, prompt);
    return prompt;
  }

  return {
    has: (name) => byName.has(name),
    render(name, variables) {
      const found = byName.get(name);
      if (found === undefined) {
        throw new BatonError("prompt-not-found", `The run did not pin the prompt \`${name}\`.`, {
          hint: "Start a new run: this one began without that prompt.",
        });
      }
      const { ref, closure, dirty } = found;
      return { ref, closure, dirty, ...compile(found).render(variables) };
    },
  };
}

async function textOf(blobs: Pick<Store["blobs"], "get">, pin: RunPromptPin, blob: string): Promise<string> {
  const text = await blobs.get(blob);
  if (text !== undefined) return text;
  throw new BatonError(
    "prompt-pin-missing",
    `The text of the pinned prompt \`${pin.ref}\` (closure ${pin.closure.slice(0, 12)}) is gone from the store.`,
    {
      hint: `Restore the store from a backup, or go on with a version that Git has: baton resume <run> --prompt ${pin.name}=@<tag>`,
    },
  );
}
