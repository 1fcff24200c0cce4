import type { Journal } from "./journal.ts";

/** Performs every call under `key` and keeps nothing: for nodes that are called outside a run, where no later attempt reads anything back. */
export function unjournaled(key: string, approvals: Journal["approvals"]): Journal {
  return {
    async call(_call, perform, accept) {
      const value = await perform(key);
      await accept?.(value);
      return { value, key, replayed: false };
    },
    async once(_call, perform) {
      return { value: await perform(key), key, replayed: false };
    },
    find: async () => undefined,
    approvals,
  };
}
