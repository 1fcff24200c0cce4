import type { JsonObject } from "../core/json.ts";
import { openaiServer, type OpenAIServer, type ServerScript } from "./openai-server.ts";
import { answerFaults } from "./faults/answers.ts";
import { deliveryFaults } from "./faults/delivery.ts";
import { statusFaults } from "./faults/statuses.ts";
import { toolFaults } from "./faults/tools.ts";

/** What the scenarios need to know of the agent that is tested. */
export interface FaultParts {
  /** An answer that fits what the agent writes. */
  readonly answer: JsonObject;
  /** A tool that the agent is granted, with arguments that it takes; without one there are no scenarios about tools. */
  readonly tool?: readonly [name: string, input: JsonObject];
}

/** How a run that meets the fault ends, and with which error or after how many requests. */
export interface FaultScenario {
  /** `429-retry-after-seconds`, `cut-after-3-events` … */
  readonly name: string;
  readonly script: ServerScript;
  /**
   * The status of a run whose one agent asks the server, with Baton's defaults: `completed` for trouble that passes, `parked` for a provider that
   * stays away, `failed` for what no second request mends.
   */
  readonly ends: "completed" | "parked" | "failed";
  /** Code of the error, where the run fails. */
  readonly code?: string;
  /** Requests at most, in either mode. */
  readonly requests: number;
  /** True where the provider says nothing for so long that the test needs short `timeoutMs` and `idleTimeoutMs`. */
  readonly isSlow?: true;
}

/**
 * What providers do wrong, by name: every status with every way to say when to come back, cuts at every event, silence, pages of HTML, answers
 * that are empty, endless, refused or of another schema, and calls of tools that do not exist or never end.
 */
export function faultScenarios(parts: FaultParts): readonly FaultScenario[] {
  return [
    ...statusFaults(parts),
    ...deliveryFaults(parts),
    ...answerFaults(parts),
    ...(parts.tool === undefined ? [] : toolFaults(parts.answer, parts.tool)),
  ];
}

/** Starts a server on a free loopback port that plays one scenario; `OpenAIServer.requests` counts what it was asked. */
export async function faultServer({ script }: FaultScenario): Promise<OpenAIServer> {
  return await openaiServer(script);
}
