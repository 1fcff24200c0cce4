// Serves OpenAI's chat completions on loopback with answers made by rules: no language model, see answer.ts.
// Prints the two variables that lead Baton to it, and runs until it is stopped.
import { openaiServer, type ServerReply } from "batonjs/testing";

import { answer } from "./answer.ts";

const MOST_REQUESTS = 1_000_000;

const reply = ({ body }: { readonly body: Readonly<Record<string, unknown>> }): ServerReply => ({
  kind: "completion",
  content: JSON.stringify(answer(body)),
});
const server = await openaiServer(Array.from({ length: MOST_REQUESTS }, () => reply));
console.log(`export OPENAI_BASE_URL=${server.url} OPENAI_API_KEY=synthetic`);
