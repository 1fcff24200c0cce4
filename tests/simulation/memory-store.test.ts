import { storeSuite } from "batonjs/testing/conformance";

import { systemClock } from "../../core/clock.ts";
import { memoryData } from "./memory-data.ts";
import { memoryStore } from "./memory-store.ts";

storeSuite("memory", async () => {
  const data = memoryData(systemClock);
  return { open: async () => memoryStore(data), remove: async () => undefined };
});
