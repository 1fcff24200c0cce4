import type { BaseCheckpointSaver, CheckpointTuple } from "@langchain/langgraph-checkpoint";

import { BatonError } from "../core/errors.ts";
import type { ErrorCode } from "../core/error-codes.ts";
import { isJsonObject } from "../core/json.ts";
import { toReadableJson } from "../core/readable-json.ts";
import type { Workflow } from "../graph/workflow.ts";
import type { Rest, Run } from "./run.ts";
import type { Store } from "./store.ts";
import { headOf } from "./thread-head.ts";

/** What a run left behind that is put to rest without being worked: its last rest, or what its thread holds if its owner vanished. */
export async function restOf(store: Store, run: Run, workflow: Workflow | undefined): Promise<Rest> {
  if ("state" in run) {
    return { state: run.state, ...(run.checkpoint === undefined ? {} : { checkpoint: run.checkpoint }) };
  }
  if (run.epoch === 0) return { state: {} };
  const head = await readable(await store.reader(), run);
  if (head === undefined) return { state: {} };
  const { checkpoint } = head;
  const fields =
    workflow?.fields ?? Object.keys(checkpoint.channel_values).filter((name) => !name.startsWith("branch:"));
  const values = Object.fromEntries(
    fields.flatMap((name) => (name in checkpoint.channel_values ? [[name, checkpoint.channel_values[name]]] : [])),
  );
  const state = toReadableJson(values);
  return { state: isJsonObject(state) ? state : {}, checkpoint: checkpoint.id };
}

/** A checkpoint that cannot be read must not keep its run from being put to rest. */
async function readable(saver: BaseCheckpointSaver, run: Run): Promise<CheckpointTuple | undefined> {
  try {
    return await headOf(saver, run);
  } catch (error) {
    if (BatonError.is(error) && UNREADABLE.has(error.code)) return undefined;
    throw error;
  }
}

const UNREADABLE: ReadonlySet<ErrorCode> = new Set(["checkpoint-unreadable", "encryption-key-unknown"]);
