/** What every implementation of a seam must do, as suites that register themselves with vitest. */
export type { CheckpointerCase, CheckpointerPlace, CheckpointerProcess } from "./checkpointer-place.ts";
export { CHECKPOINTER_CASES, checkpointerSuite } from "./checkpointer-suite.ts";
export { memorySuite, type MemorySuiteOptions, type OpenedLayer } from "./memory-suite.ts";
export type { MakeStorePlace, StorePlace } from "./opened-store.ts";
export { saverSuite } from "./saver-suite.ts";
export { sessionSuite, type SessionPlace } from "./session-suite.ts";
export { storeSuite } from "./store-suite.ts";
export { vectorIndexSuite, type VectorIndexSuiteOptions } from "./vector-index-suite.ts";
