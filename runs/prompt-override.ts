import type { OverriddenPrompt, RunEvent, Signed } from "../core/events.ts";
import { BatonError } from "../core/errors.ts";
import { signatureOf } from "../core/signature.ts";
import type { Workflow } from "../graph/workflow.ts";
import type { PromptPin } from "../prompts/pin.ts";
import type { ProjectPrompts } from "../prompts/project.ts";
import { parsePromptRef, type PromptRef } from "../prompts/ref.ts";
import { pinPrompts, refuseUnread, toRunPins } from "./pins.ts";
import { isUnknownVersion, pinFromRuns } from "./stored-prompt.ts";
import type { Fence, Run, RunPins, RunPromptPin } from "./run.ts";
import type { BlobRow, Store } from "./store.ts";

/** Prompts in other versions than the ones that would be used; `by` and `reason` are kept with the run. */
export interface PromptWish extends Signed {
  /** Prompt refs: `brief/write@fix` is the prompt as the branch, tag or commit `fix` has it, `brief/write` as the files have it now. */
  readonly prompts?: readonly string[];
}

/** Pins of a run, with the texts that the store needs for them. */
export interface PinnedFiles {
  readonly pins: RunPins;
  readonly blobs: readonly BlobRow[];
}

export interface PromptChoice {
  readonly workflow: Workflow;
  /** The project's prompts as they are now. */
  readonly current: () => Promise<ProjectPrompts>;
  /** Has the runs before, whose texts may lie nowhere else. */
  readonly store: Pick<Store, "runs" | "blobs">;
}

/** Pins what a new run can use, in the versions that are wished for. Throws what `pinPrompts` throws, and `prompt-ref-unknown`. */
export async function pinsAtStart(
  { workflow, current, store }: PromptChoice,
  wish: PromptWish,
): Promise<{
  readonly pins: Pick<RunPins, "prompts" | "promptOrigin" | "overrides">;
  readonly blobs: readonly BlobRow[];
}> {
  const project = await current();
  const wanted = await pinWanted({ project, store }, wish.prompts ?? []);
  const pinned = pinPrompts(workflow, project.library, new Map(wanted.map(({ pin }) => [pin.name, pin])));
  const names = pinned.map(({ name }) => name);
  for (const { pin } of wanted) refuseStray(pin.name, names);
  const { prompts, blobs } = toRunPins(pinned);
  const overrides = wanted.map(({ text, pin }) => override({ text, pin, from: null }, wish));
  return { pins: { prompts, promptOrigin: project.origin, ...(overrides.length === 0 ? {} : { overrides }) }, blobs };
}

/**
 * Puts wished versions in the place of what a run has pinned; what is replaced stays with the run, since steps have used it. Throws `prompt-not-found`
 * for a prompt that the run does not pin, `prompt-ref-unknown`, and the mistakes of the prompt.
 */
export async function replacePins(
  pins: RunPins,
  { workflow, current, store }: PromptChoice,
  wish: PromptWish,
): Promise<PinnedFiles> {
  const refs = wish.prompts ?? [];
  if (refs.length === 0) return { pins, blobs: [] };
  let { prompts } = pins;
  const overrides: OverriddenPrompt[] = [];
  const wanted = await pinWanted({ project: await current(), store }, refs);
  const files = toRunPins(wanted.map(({ pin }) => pin));
  for (const [at, { text, pin }] of wanted.entries()) {
    const now = prompts.find(({ name, replaced }) => name === pin.name && replaced !== true);
    refuseStray(
      pin.name,
      prompts.map(({ name }) => name),
    );
    refuseUnread(workflow, pin);
    const next = files.prompts[at];
    if (next === undefined) continue;
    prompts = [...prompts.map((one) => (one === now ? { ...one, replaced: true as const } : one)), next];
    overrides.push(override({ text, pin, from: now?.ref ?? null }, wish));
  }
  return { pins: { ...pins, prompts, overrides: [...(pins.overrides ?? []), ...overrides] }, blobs: files.blobs };
}

/** As `replacePins`, for a fork that has yet to begin: it has used nothing, so what is replaced does not stay. */
export async function replaceInFork(pins: RunPins, choice: PromptChoice, wish: PromptWish): Promise<PinnedFiles> {
  const { overrides: _ofTheOther, ...own } = pins;
  const chosen = await replacePins({ ...own, prompts: own.prompts.filter(isInUse) }, choice, wish);
  return { ...chosen, pins: { ...chosen.pins, prompts: chosen.pins.prompts.filter(isInUse) } };
}

function isInUse({ replaced }: RunPromptPin): boolean {
  return replaced !== true;
}

/** Reads texts that are about to be stored as if they were. */
export function withTexts(blobs: Store["blobs"], files: readonly BlobRow[]): Pick<Store["blobs"], "get"> {
  const fresh = new Map(files.map(({ id, text }) => [id, text]));
  return { get: async (id) => fresh.get(id) ?? (await blobs.get(id)) };
}

interface Entering {
  readonly run: Run;
  readonly fence: Fence;
  readonly chosen: PinnedFiles;
}

/** Stores, under the fence, what was chosen, and records the overrides that the run's events do not tell yet. */
export async function enterOverrides({ runs, events }: Store, { run, fence, chosen }: Entering): Promise<Run> {
  const { overrides, prompts } = chosen.pins;
  if (overrides === undefined) return run;
  const isNew = chosen.blobs.length > 0;
  const entered = isNew ? await runs.repin(fence, { ...run.pins, prompts, overrides }, chosen.blobs) : run;
  const noted = (await events.read(run.id, 0)).filter(({ type }) => type === "prompt_overridden").length;
  const missing = overrides.slice(noted).map((one): RunEvent => ({ type: "prompt_overridden", ...one }));
  if (missing.length > 0) await events.append(fence, missing);
  return entered;
}

/** Nothing of a finished run would use another version: whoever asks for one must not believe that it was. */
export function refuseFinished(run: Run, { prompts = [] }: PromptWish): Run {
  if (prompts.length === 0) return run;
  throw new BatonError(
    "run-not-resumable",
    `Run \`${run.id}\` is \`${run.status}\`: no step is left that could use \`${prompts.join("`, `")}\`.`,
    {
      hint: `Fork it where the prompt is to be another: baton fork ${run.id} --step <n> --prompt <name>=@<ref>`,
    },
  );
}

interface Wanted {
  readonly text: string;
  readonly pin: PromptPin;
}

interface Versioned {
  readonly project: ProjectPrompts;
  readonly store: PromptChoice["store"];
}

async function pinWanted({ project, store }: Versioned, refs: readonly string[]): Promise<readonly Wanted[]> {
  const parsed = refs.map((text) => ({ text, ref: parsePromptRef(text) }));
  refuseTwice(parsed);
  using versions = project.versions();
  return await Promise.all(parsed.map(async ({ text, ref }) => ({ text, pin: await pinVersion(ref) })));

  async function pinVersion(ref: PromptRef): Promise<PromptPin> {
    try {
      return await versions.pin(ref);
    } catch (error) {
      const stored = isUnknownVersion(error) ? await pinFromRuns(store, ref) : undefined;
      if (stored === undefined) throw error;
      return stored;
    }
  }
}

function refuseTwice(parsed: readonly { readonly ref: PromptRef }[]): void {
  const names = parsed.map(({ ref }) => ref.name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return;
  throw new BatonError("bad-usage", `Prompt \`${twice}\` was asked for in two versions.`, {
    hint: "Name each prompt once.",
  });
}

function refuseStray(name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const listed = [...new Set(known)].map((one) => `\`${one}\``).join(", ");
  throw new BatonError(
    "prompt-not-found",
    `The run does not use the prompt \`${name}\`, so no version can stand in its place.`,
    {
      hint: known.length === 0 ? "None of its agents uses a prompt." : `It uses ${listed}.`,
    },
  );
}

function override({ text, pin, from }: Wanted & { readonly from: string | null }, signed: Signed): OverriddenPrompt {
  return {
    name: pin.name,
    wanted: text,
    from,
    to: pin.ref,
    closure: pin.closure,
    ...signatureOf(signed),
  };
}
