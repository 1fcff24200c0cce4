import { type Choice, chosen } from "../core/choice.ts";
import type { Embed } from "../core/embed.ts";
import { BatonError } from "../core/errors.ts";
import { openaiEmbed } from "../models/openai-embed.ts";
import type { EmbeddedFile } from "./embedded.ts";
import type { NamedPinecone } from "./pinecone/named.ts";
import { type NamedRedis, redis } from "./redis/named.ts";
import type { ServerStore } from "./server.ts";

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

/** Where the long-term items lie, what makes vectors of them, and where those lie. */
export type VectorChoice = Choice & {
  readonly items: "file" | "server";
  /** Undefined: items are found by their words alone. */
  readonly meaning?: { readonly embed: Embed; readonly place: "beside the items" | NamedPinecone };
};

export type VectorPart = EmbeddedFile | ServerStore | NamedPinecone;

/** What the config says of the vector layer, and where its runs lie. */
interface VectorWish {
  readonly vector?: VectorPart | undefined;
  readonly embed?: Embed | undefined;
  readonly store: "sqlite" | "postgres";
}

/**
 * Items lie where the runs lie: in the database of the store, or in the file. With `embed` they are also found by their meaning; the vectors lie beside
 * them or in Pinecone, which PINECONE_API_KEY names too. Opens nothing. Throws `default-refused` in production, `config-invalid` and `model-key-missing`.
 */
export function chooseVector({ vector, embed, store }: VectorWish, env: NodeJS.ProcessEnv): VectorChoice {
  if (vector?.kind === "sqlite") refuseOwnFile("vector", vector);
  if (vector?.kind === "postgres") refuseOwnServer(vector, store);
  embed?.check();
  const items = vector?.kind === "sqlite" || store === "sqlite" ? "file" : "server";
  const hint =
    "Name `vector` in baton.config.ts, or set DATABASE_URL; `vector: sqlite()` says that the file on this machine is meant.";
  const part = { part: "vector memory", fallback: "SQLite", hint };
  const key = env["PINECONE_API_KEY"]?.trim() ?? "";
  if (vector?.kind === "pinecone" || (vector === undefined && key !== "")) {
    const by: Choice =
      vector === undefined ? { by: "environment", why: "PINECONE_API_KEY is set" } : layerChoice(vector);
    const place = pineconeFrom(vector ?? { kind: "pinecone" }, env);
    return { ...by, items, meaning: { embed: embed ?? embedFrom(env), place } };
  }
  const choice =
    vector === undefined && items === "server"
      ? ({ by: "environment", why: "in the database of the store" } as const)
      : layerChoice(vector);
  const place = "beside the items";
  return chosen({ ...choice, items, ...(embed === undefined ? {} : { meaning: { embed, place } }) }, part, env);
}

function pineconeFrom(named: NamedPinecone, env: NodeJS.ProcessEnv): NamedPinecone {
  const apiKey = named.apiKey ?? env["PINECONE_API_KEY"]?.trim();
  const index = named.index ?? env["PINECONE_INDEX"]?.trim();
  if (apiKey === undefined || apiKey === "")
    throw new BatonError("config-invalid", "The config names `pinecone()` as its `vector`, but no key.", {
      hint: "Set PINECONE_API_KEY, or take `vector` out of baton.config.ts.",
    });
  return { ...named, apiKey, ...(index === undefined || index === "" ? {} : { index }) };
}

/** An index of vectors is of no use without a model that makes them. */
function embedFrom(env: NodeJS.ProcessEnv): Embed {
  if ((env["OPENAI_API_KEY"]?.trim() ?? "") !== "") return openaiEmbed(undefined, { env });
  throw new BatonError("config-invalid", "Pinecone finds by vectors, but nothing names a model that makes them.", {
    hint: "Write `embed: openaiEmbed()` in baton.config.ts, or set OPENAI_API_KEY.",
  });
}

function refuseOwnServer(configured: ServerStore, store: VectorWish["store"]): void {
  if (store === "postgres" && configured.url === undefined && configured.schema === undefined) return;
  throw new BatonError(
    "config-invalid",
    "`vector` names a server of its own, but memory lies in the database of the store.",
    { hint: "Set DATABASE_URL (or `store: postgres()`), and write `vector: postgres()` without options." },
  );
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
