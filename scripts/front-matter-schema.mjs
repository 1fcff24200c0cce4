// Writes prompts/front-matter.schema.json, which editors read, from the schema that the loader checks by.
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { frontMatterSchema } from "../prompts/front-matter-schema.ts";

const file = join(resolve(import.meta.dirname, ".."), "prompts", "front-matter.schema.json");
writeFileSync(file, `${JSON.stringify(frontMatterSchema(), undefined, 2)}\n`);
process.stdout.write(`Wrote ${file}\n`);
