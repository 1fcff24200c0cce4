/**
 * The public API of Baton. It is small on purpose: a graph is LangGraph's own, so what is not about durability, provenance, memory or
 * prompts is imported from `@langchain/langgraph`.
 */
export { agent, type Agent, type AgentSpec } from "./agents/agent.ts";
export { handoff, type Handoff, type HandoffOptions } from "./agents/handoff.ts";
export { fromLangChainTool, type LangChainTool, type LangChainToolOptions } from "./agents/langchain-tool.ts";
export { mcpTools, type McpOptions, type McpServer } from "./agents/mcp.ts";
export { node, type FunctionNode, type NodeSpec, type NodeTools } from "./agents/node.ts";
export type { PromptInputs, PromptName } from "./agents/prompt-inputs.ts";
export type { MemoryChoice, MemoryPolicy } from "./agents/memory-policy.ts";
export type { NodeRights } from "./agents/rights.ts";
export type { RecallRequest, RunIdentity, RunMemory } from "./agents/services.ts";
export { type Supervised, supervisor, type SupervisorSpec } from "./agents/supervisor.ts";
export { Assignment, supervision } from "./agents/supervision.ts";
export { tool, type Tool, type ToolContext, type ToolSpec } from "./agents/tool.ts";
export type { ToolSource } from "./agents/tool-source.ts";
export { type Baton, type BatonOptions, createBaton, type SeamChoice, type Seams } from "./baton.ts";
export { type BatonConfig, defineConfig } from "./config.ts";
export type { Budget } from "./core/budget.ts";
export { BatonError, FatalError, type ParkOptions, ParkRequest, type SerializedError } from "./core/errors.ts";
export type { Embed, EmbedOptions } from "./core/embed.ts";
export type { ErrorCode } from "./core/error-codes.ts";
export { RunEvent, StoredEvent } from "./core/events.ts";
export type { TaskRef, ToolCallRef, ToolEffect, Usage } from "./core/events.ts";
export { DEFAULT_TENANT, type RunId, type SessionId, type TenantId, type ThreadId } from "./core/ids.ts";
export type { JsonObject, JsonValue } from "./core/json.ts";
export { type GraphEvent, type LiveEvent, TextEvent } from "./core/live-events.ts";
export { subworkflow, type Subworkflow, type SubworkflowSpec } from "./graph/subworkflow.ts";
export type { MigratedState, Migration } from "./graph/migration.ts";
export { workflow, type GraphSource, type Workflow, type WorkflowSpec } from "./graph/workflow.ts";
export type { LayerName, MemoryItem, Origin, Trust, MemoryScope, RecalledItem } from "./memory/item.ts";
export type { LastingLayers } from "./memory/run-memory.ts";
export type { LastingLayer, MemoryLayer } from "./memory/layer.ts";
export type { PurgeFilter } from "./memory/purge.ts";
export type { RouteRule } from "./memory/route-rules.ts";
export type { RouteMode } from "./memory/router.ts";
export type { BreakerPolicy } from "./models/circuit-breaker.ts";
export { fallbacks } from "./models/fallbacks.ts";
export type { CallPolicy } from "./models/in-production.ts";
export { langchain, type LangChainChatModel, type LangChainOptions } from "./models/langchain.ts";
export type {
  Model,
  ModelMessage,
  ModelOffer,
  ModelRequest,
  ModelResponse,
  SkippedModel,
  ToolCall,
  ToolDescription,
} from "./models/model.ts";
export { offline } from "./models/offline.ts";
export { openaiEmbed, type OpenAIEmbedOptions } from "./models/openai-embed.ts";
export { openai, type OpenAIOptions } from "./models/openai.ts";
export type { ModelPrice } from "./models/price-list.ts";
export type { ProviderLimits } from "./models/provider-gate.ts";
export type { RetryPolicy } from "./models/with-retries.ts";
export type { ChangedRun, RunsCheck } from "./runs/check-runs.ts";
export type { ForkOptions, ResumeOptions, StartOptions, Stops, Tick } from "./runs/desk.ts";
export type { RunHandle } from "./runs/run-handle.ts";
export type { DueRuns, RefusedRun, TickOptions } from "./runs/tick.ts";
export type { PromptWish } from "./runs/prompt-override.ts";
export type { ForkRequest } from "./runs/fork.ts";
export type { RunOutcome, StepSummary } from "./runs/history.ts";
export type { Run, RunStatus } from "./runs/run.ts";
export type { FollowOptions } from "./runs/follow.ts";
export type { LiveOptions } from "./runs/live.ts";
export type { DifferenceReason, RunDifference } from "./runs/provenance/run-difference.ts";
export type { Why, Writer } from "./runs/provenance/answer-of-why.ts";
export type { WhyOptions } from "./runs/provenance/why.ts";
export type { MigrateOptions } from "./runs/migrate-run.ts";
export type { PruneOptions } from "./runs/prune.ts";
export type { RunQuery } from "./runs/run-query.ts";
export type { PruneReport, RunFilter, Store } from "./runs/store.ts";
export { type EmbeddedFile, type EmbeddedStore, sqlite, type SqliteOptions } from "./store/embedded.ts";
export type { EncryptionOptions } from "./store/encryption-options.ts";
export { type NamedPinecone, pinecone, type PineconeOptions } from "./store/pinecone/named.ts";
export { type NamedRedis, redis } from "./store/redis/named.ts";
export { postgres, type PostgresOptions, type ServerStore } from "./store/server.ts";
