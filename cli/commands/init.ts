import { relative, resolve } from "node:path";

import type { Output } from "../output.ts";
import { writeApp } from "../init-app.ts";
import { oneLine } from "../plain-text.ts";
import type { Configure } from "../session.ts";

export const configure: Configure = (command, session) => {
  command
    .argument("[dir]", "folder of the new app; made when it is missing", ".")
    .addHelpText("after", "\nExample:\n  $ baton init my-app && cd my-app && npm install && npx baton run hello")
    .action(async (folder: string) => {
      session.exitCode = await init(folder, session.output);
    });
};

async function init(given: string, output: Output): Promise<number> {
  const folder = resolve(given);
  const files = await writeApp(folder);
  const where = oneLine(relative(process.cwd(), folder));
  const next = [
    ...(where === "" ? [] : [`cd ${/\s/u.test(where) ? `"${where}"` : where}`]),
    "npm install",
    "npx baton run hello",
  ];
  output.result(
    `Wrote ${files.length} files to ${where === "" ? "this folder" : where}:\n${files.map((file) => `  ${file}`).join("\n")}\n\nNext: ${next.join(" && ")}`,
  );
  return 0;
}
