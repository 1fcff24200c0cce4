import { type Choice, chosen } from "../core/choice.ts";
import { BatonError } from "../core/errors.ts";
import type { EmbeddedFile } from "./embedded.ts";
import { type NamedRedis, redis } from "./redis/named.ts";

/** Where the session layer lies: as the config says, else as REDIS_URL says, else in the file. */
export type SessionChoice = Choice & { readonly place: EmbeddedFile | NamedRedis };

/** Opens nothing. Throws `default-refused` in production. */
export function chooseSession(
  configured: EmbeddedFile | NamedRedis | undefined,
  env: NodeJS.ProcessEnv,
): SessionChoice {
  if (configured?.kind === "sqlite") refuseOwnFile("session", configured);
  const url = env["REDIS_URL"]?.trim() ?? "";
  if (configured === undefined && url !== "")
    return { by: "environment", why: "REDIS_URL is set", place: redis({ url }) };
  const choice = layerChoice(configured);
  const hint =
    "Set REDIS_URL, or name `session` in baton.config.ts; `session: sqlite()` says that the file on this machine is meant.";
  return chosen(
    { ...choice, place: configured ?? { kind: "sqlite" } },
    { part: "session memory", fallback: "SQLite", hint },
    env,
  );
}

/** Where the vector layer lies: in the file. Opens nothing. Throws `default-refused` in production. */
export function chooseVector(configured: EmbeddedFile | undefined, env: NodeJS.ProcessEnv): Choice {
  if (configured !== undefined) refuseOwnFile("vector", configured);
  const hint = "Name `vector` in baton.config.ts; `vector: sqlite()` says that the file on this machine is meant.";
  return chosen(layerChoice(configured), { part: "vector memory", fallback: "SQLite", hint }, env);
}

function refuseOwnFile(layer: "session" | "vector", configured: EmbeddedFile): void {
  if (!("path" in configured || "encryption" in configured)) return;
  throw new BatonError(
    "config-invalid",
    `\`${layer}\` names a file of its own, but memory lies in the file of the store.`,
    {
      hint: `Write \`${layer}: sqlite()\` without options.`,
    },
  );
}

function layerChoice(configured: object | undefined): Choice {
  return configured === undefined
    ? { by: "default", why: "the embedded default" }
    : { by: "config", why: "named in the config" };
}
