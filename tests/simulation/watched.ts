import type { Claim } from "./invariants.ts";
import type { MemoryData } from "./memory-data.ts";
import type { memoryStore } from "./memory-store.ts";

/** Remembers what a run was when it was claimed. */
export function watched(store: ReturnType<typeof memoryStore>, data: MemoryData, claims: Claim[]) {
  const { claim } = store.runs;
  return {
    ...store,
    runs: {
      ...store.runs,
      async claim(request: Parameters<typeof claim>[0]) {
        const kept = data.runs.get(request.run)?.held;
        const isTheft = kept !== undefined && kept.leaseUntil > data.clock.now();
        const outcome = await claim(request);
        if (outcome.claimed) {
          const { run, fence } = outcome;
          const thread = run.tenant === "default" ? run.thread : `~${run.tenant}~${run.thread}`;
          const step = data.threads.get(thread)?.at(-1)?.metadata.step ?? -1;
          claims.push({ run: run.id, epoch: fence.epoch, step, cancelled: run.cancelRequested, isTheft });
        }
        return outcome;
      },
    },
  };
}
