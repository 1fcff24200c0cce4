// Writes the JSON schemas that editors and other programs read, from the schemas that Baton itself checks by.
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { eventSchema } from "../core/event-schema.ts";
import { frontMatterSchema } from "../prompts/front-matter-schema.ts";

const root = resolve(import.meta.dirname, "..");
write("prompts/front-matter.schema.json", frontMatterSchema());
write("docs/events.schema.json", eventSchema());

function write(path, schema) {
  const file = join(root, path);
  writeFileSync(file, `${JSON.stringify(schema, undefined, 2)}\n`);
  process.stdout.write(`Wrote ${file}\n`);
}
