import { type Choice, chosen } from "../core/choice.ts";
import type { EmbeddedFile } from "./embedded.ts";

/** Where a lasting memory layer lies: as the config says, else in the file. Opens nothing. Throws `default-refused` in production. */
export function chooseLayer(
  layer: "session" | "vector",
  configured: EmbeddedFile | undefined,
  env: NodeJS.ProcessEnv,
): Choice {
  const choice: Choice =
    configured === undefined
      ? { by: "default", why: "the embedded default" }
      : { by: "config", why: "named in the config" };
  const part = {
    part: `${layer} memory`,
    fallback: "SQLite",
    hint: `Name \`${layer}\` in baton.config.ts; \`${layer}: sqlite()\` says that the file on this machine is meant.`,
  };
  return chosen(choice, part, env);
}
