import type { Baton } from "../../../baton.ts";
import { BatonError } from "../../../core/errors.ts";
import { heldItems } from "../../../agents/held.ts";
import type { NodeRights } from "../../../agents/rights.ts";
import { isJsonObject } from "../../../core/json.ts";
import type { MemoryItem } from "../../../memory/item.ts";
import { readJsonArgument } from "../../json-argument.ts";
import { memoryFor, type MemoryFlags, withMemory } from "../../memory-flags.ts";
import { openBaton } from "../../open-baton.ts";
import type { Output } from "../../output.ts";
import { oneLine } from "../../plain-text.ts";
import type { Configure } from "../../session.ts";

interface RouteFlags extends MemoryFlags {
  readonly agent: string;
  readonly state?: string;
  readonly explain: boolean;
}

export const configure: Configure = (command, session) => {
  withMemory(command.argument("<query>", "what the agent would search for"))
    .requiredOption("--agent <name>", "the agent: its node's name, or workflow/node")
    .option("--state <json>", "fields that the agent reads, which the context layer ranks; or @file.json")
    .option("--explain", "why each layer is asked or not, with the scores", false)
    .addHelpText(
      "after",
      '\nExample:\n  $ baton memory route "What did we decide?" --agent writer --session ada --explain',
    )
    .action(async (query: string, flags: RouteFlags) => {
      session.exitCode = await route(query, flags, session.output);
    });
};

async function route(query: string, flags: RouteFlags, output: Output): Promise<number> {
  const held = flags.state === undefined ? [] : await heldFrom(flags.state);
  await using baton = await openBaton();
  const { workflow, rights } = agentOf(baton, flags.agent);
  const memory = memoryFor(baton, { ...flags, namespace: flags.namespace ?? workflow });
  const layers = rights.layers ?? [];
  // A new process knows nothing of what the layers hold; one recall from all of them tells it.
  const told = await memory.recall({ layers, text: query, limit: 1, held: [] });
  for (const { layer, error } of told.route.degraded)
    output.note(`The ${layer} layer did not answer: ${oneLine(error, 300)}`);
  const decision = await memory.route({ ...rights.memory, layers, text: query, limit: 1, held });
  if (output.json) output.document({ agent: flags.agent, workflow, query, decision });
  else if (!flags.explain) output.result(decision.layers.join(" "));
  else {
    const scores = (layer: string): string => (decision.scores[layer]?.toFixed(2) ?? "-").padStart(7);
    for (const reason of decision.reasons) {
      const [layer = "", ...why] = reason.split(": ");
      output.result(`asked    ${layer.padEnd(8)} ${scores(layer)}  ${why.join(": ")}`);
    }
    for (const { layer, why } of decision.skipped)
      output.result(`skipped  ${layer.padEnd(8)} ${scores(layer)}  ${why}`);
    output.note(
      `Mode ${decision.mode}, policy ${decision.policyVersion}. Scores are the best two items of each layer, the second at half.`,
    );
  }
  return 0;
}

async function heldFrom(given: string): Promise<readonly MemoryItem[]> {
  const state = await readJsonArgument("--state", given);
  if (isJsonObject(state)) return heldItems(state);
  throw new BatonError("input-invalid", "Expected `--state` to be a JSON object of the agent's fields.", {
    hint: `Write for example: --state '{"notes":["…"]}'`,
  });
}

function agentOf(baton: Baton, name: string): { readonly workflow: string; readonly rights: NodeRights } {
  const agents = baton.workflows.flatMap(({ id, nodes }) =>
    nodes.flatMap(({ name: node, rights }) =>
      rights?.layers === undefined ? [] : [{ workflow: id, node, full: `${id}/${node}`, rights }],
    ),
  );
  const found = agents.filter(({ node, full }) => node === name || full === name);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const known = agents.map(({ full }) => full).join(", ");
  throw new BatonError(
    "bad-usage",
    `\`${name}\` names ${found.length === 0 ? "no agent" : "several agents"} with a fixed memory policy.`,
    {
      hint: known === "" ? "No agent of this project recalls memory." : `Agents with memory: ${known}`,
    },
  );
}
