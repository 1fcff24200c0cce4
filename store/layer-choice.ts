import { type Choice, chosen } from "../core/choice.ts";
import { BatonError } from "../core/errors.ts";
import type { EmbeddedFile } from "./embedded.ts";

/** Where a lasting memory layer lies: as the config says, else in the file. Opens nothing. Throws `default-refused` in production. */
export function chooseLayer(
  layer: "session" | "vector",
  configured: EmbeddedFile | undefined,
  env: NodeJS.ProcessEnv,
): Choice {
  if (configured !== undefined && ("path" in configured || "encryption" in configured)) {
    throw new BatonError(
      "config-invalid",
      `\`${layer}\` names a file of its own, but memory lies in the file of the store.`,
      {
        hint: `Write \`${layer}: sqlite()\` without options.`,
      },
    );
  }
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
