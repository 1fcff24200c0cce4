/** Doubles for tests of apps built on Baton. The conformance suites beside it are this repository's own: they need vitest. */
export { hashEmbed, type HashEmbed } from "./hash-embed.ts";
export { faultScenarios, faultServer, type FaultParts, type FaultScenario } from "./fault-scenarios.ts";
export {
  errorReply,
  openaiServer,
  type OpenAIServer,
  type OpenAIServerOptions,
  type ServerReply,
  type ServerScript,
} from "./openai-server.ts";
export {
  type PineconeFault,
  type PineconeRequest,
  pineconeServer,
  type PineconeServer,
  type PineconeServerOptions,
} from "./pinecone-server.ts";
export {
  calls,
  scripted,
  type Playable,
  type ScriptedAnswer,
  type ScriptedCalls,
  type ScriptedModel,
} from "./scripted-model.ts";
export { testConfig, type TestConfig, type TestConfigOptions } from "./test-config.ts";
