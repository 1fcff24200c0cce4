import { writeFile } from "node:fs/promises";

import { Option } from "commander";

import { BatonError } from "../../core/errors.ts";
import { type Diagram, diagramOf } from "../../graph/diagram.ts";
import { createRegistry } from "../../graph/registry.ts";
import { loadConfig } from "../config-file.ts";
import type { Output } from "../output.ts";
import type { Configure } from "../session.ts";

const FORMATS = ["ascii", "mermaid", "svg"] as const;
type Format = (typeof FORMATS)[number];

interface GraphFlags {
  readonly format: Format;
  readonly out?: string;
}

export const configure: Configure = (command, session) => {
  command
    .argument("<workflow>", "id of a workflow in your baton.config.ts")
    .addOption(new Option("--format <format>", "how to draw it").choices(FORMATS).default("ascii"))
    .option("--out <file>", "write to a file instead of stdout")
    .addHelpText("after", "\nExample:\n  $ baton graph research --format svg --out research.svg")
    .action(async (workflow: string, flags: GraphFlags) => {
      session.exitCode = await graph(workflow, flags, session.output);
    });
};

async function graph(id: string, { format, out }: GraphFlags, output: Output): Promise<number> {
  const { config } = await loadConfig(process.cwd());
  const workflow = createRegistry(config.workflows).get(id);
  const picture = await draw(diagramOf(workflow), format);
  if (out === undefined) output.result(picture);
  else await save(out, picture, output);
  return 0;
}

async function draw(diagram: Diagram, format: Format): Promise<string> {
  switch (format) {
    case "ascii":
      return (await import("../../graph/diagram-ascii.ts")).toAscii(diagram);
    case "mermaid":
      return (await import("../../graph/diagram-mermaid.ts")).toMermaid(diagram);
    case "svg":
      return await (await import("../../graph/diagram-svg.ts")).toSvg(diagram);
    default:
      return format satisfies never;
  }
}

async function save(file: string, picture: string, output: Output): Promise<void> {
  try {
    await writeFile(file, picture.endsWith("\n") ? picture : `${picture}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BatonError("bad-usage", `\`--out\`: \`${file}\` cannot be written: ${reason}`, {
      hint: "Name a file in a folder that exists and is yours.",
      cause: error,
    });
  }
  output.note(`Wrote ${file}`);
}
