import { existsSync } from "node:fs";
import { access, constants } from "node:fs/promises";

import type { Baton, SeamChoice } from "../baton.ts";
import { batonFolder } from "../config.ts";
import { BatonError, serializeError } from "../core/errors.ts";
import { compileGraph, type Workflow } from "../graph/workflow.ts";
import type { Model } from "../models/model.ts";
import { pinPrompts } from "../runs/pins.ts";
import { folderError } from "../store/sqlite/database-errors.ts";
import { counted } from "./counted.ts";

/** One thing that `doctor` looked at. */
export interface Check {
  readonly name: string;
  /** What is used: `SQLite /app/.baton/baton.db`. */
  readonly implementation: string;
  /** Why this one. */
  readonly why: string;
  readonly ok: boolean;
  /** What was proved; for a failed check what is wrong. */
  readonly detail: string;
  readonly hint?: string;
  readonly code?: string;
  readonly exitCode: number;
}

interface Proof extends SeamChoice {
  readonly name: string;
  prove(): Promise<string>;
}

/** Proves one thing; a failure becomes a failed check, never an exception. */
export async function check({ name, implementation, why, prove }: Proof): Promise<Check> {
  try {
    return { name, implementation, why, ok: true, detail: await prove(), exitCode: 0 };
  } catch (error) {
    return failedCheck({ name, implementation, why }, error);
  }
}

/** A check that failed because of `error`. */
export function failedCheck(what: Pick<Check, "name" | "implementation" | "why">, error: unknown): Check {
  const { message, code, hint } = serializeError(error);
  return {
    ...what,
    ok: false,
    detail: message,
    ...(code === undefined ? {} : { code }),
    ...(hint === undefined ? {} : { hint }),
    exitCode: BatonError.is(error) ? error.exitCode : INTERNAL,
  };
}

const INTERNAL = 70;
const PROBE_MS = 15_000;

/** What can be proved once Baton is open: each seam by really using it, each workflow by finding its prompts. */
export async function checksOf(baton: Baton, probeMs: number = PROBE_MS): Promise<readonly Check[]> {
  const { seams } = baton;
  const proofs: readonly Proof[] = [
    { name: "store", ...seams.store, prove: async () => (await baton.store.probe(), "wrote and read a row") },
    {
      name: "session memory",
      ...seams.session,
      prove: async () => (await baton.probeMemory("session"), "remembered and recalled an item"),
    },
    {
      name: "vector memory",
      ...seams.vector,
      prove: async () => (await baton.probeMemory("vector"), "remembered and recalled an item"),
    },
    { name: "model", ...seams.model, prove: async () => await modelProof(baton.model, probeMs) },
    { name: "prompts", ...seams.prompts, prove: async () => promptsProof(baton) },
    ...baton.workflows.map((workflow) => ({
      name: "workflow",
      implementation: workflow.id,
      why: "registered in the config",
      prove: async () => workflowProof(baton, workflow),
    })),
  ];
  const checks: Check[] = [];
  // One after the other, so that a slow model is not blamed on the store.
  for (const proof of proofs) {
    const place = checks.find(
      ({ ok, name, implementation }) => !ok && name === "store" && implementation === proof.implementation,
    );
    checks.push(place === undefined ? await check(proof) : notTried(proof, place));
  }
  return checks;
}

/** What lies in a store that is damaged or cannot be written is not written to. */
function notTried({ name, implementation, why }: Proof, { code, exitCode }: Check): Check {
  const detail = "not tried: the store in the same place is not usable";
  return { name, implementation, why, ok: false, detail, exitCode, ...(code === undefined ? {} : { code }) };
}

async function modelProof(model: Model, probeMs: number): Promise<string> {
  try {
    return await model.probe(AbortSignal.timeout(probeMs));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "TimeoutError") throw error;
    throw new BatonError("model-unavailable", `Model \`${model.ref}\` did not answer within ${probeMs / 1000} s.`, {
      hint: "Check its address and the network; a run would wait, retry, and then fail.",
      cause: error,
    });
  }
}

function promptsProof(baton: Baton): string {
  const [problem] = baton.prompts.problems();
  if (problem !== undefined) throw problem;
  const names = baton.prompts.names();
  return counted(names.length, "prompt loads", "prompts load");
}

/** Does what a start of the workflow does before its first node: pins its prompts, its agents' rights included, and compiles its graph. */
function workflowProof(baton: Baton, workflow: Workflow): string {
  const pins = pinPrompts(workflow, baton.prompts);
  compileGraph(workflow);
  const declared = workflow.nodes.filter(({ rights }) => rights !== undefined);
  return `${counted(declared.length, "node")} with rights, ${counted(pins.length, "prompt")} pinned`;
}

/** The folder that holds everything Baton writes. */
export async function folderCheck(folder: string): Promise<Check> {
  const own = batonFolder(folder);
  return await check({
    name: "folder",
    implementation: own,
    why: "beside the config file",
    async prove() {
      // Before the first run there is nothing but the folder in which it will be made.
      const place = existsSync(own) ? own : folder;
      try {
        // The slash refuses a file in its place.
        await access(`${place}/`, constants.R_OK | constants.W_OK | constants.X_OK);
      } catch (error) {
        throw folderError(error, place);
      }
      return "readable and writable";
    },
  });
}
