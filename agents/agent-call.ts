import type { LangGraphRunnableConfig } from "@langchain/langgraph";

import type { JsonObject } from "../core/json.ts";
import type { AgentCall } from "./ask.ts";
import { liveText } from "./live-text.ts";
import { servicesFrom } from "./services.ts";
import { taskFrom } from "./task.ts";

/** Begins one execution of an agent: the run's services, its task and the journal of that. Throws `agent-outside-run`. */
export function agentCall(config: LangGraphRunnableConfig, variables: JsonObject): AgentCall {
  const services = servicesFrom(config);
  const task = taskFrom(config);
  const live = liveText(services.show, task);
  return {
    services,
    task,
    variables,
    journal: services.journal(task),
    ...(config.signal === undefined ? {} : { signal: config.signal }),
    ...(live === undefined ? {} : { live }),
  };
}
