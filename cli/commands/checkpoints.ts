import type { Configure } from "../session.ts";

const EXAMPLE = `
Example:
  $ baton checkpoints export run_01K8Z0Q3 --to postgres://localhost/app`;

export const configure: Configure = async (command, session, argv) => {
  command.addHelpText("after", EXAMPLE);
  const subcommand = command
    .command("export")
    .summary("write a thread into the tables of LangGraph's own PostgreSQL saver")
    .description("Write a thread into the tables of LangGraph's own PostgreSQL saver, which then goes on with it.");
  if (!argv.includes("export")) return;
  const loaded = await import("./checkpoints/export.ts");
  await loaded.configure(subcommand, session, argv);
};
