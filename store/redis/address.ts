import { BatonError } from "../../core/errors.ts";

interface RedisHost {
  readonly host: string;
  readonly port: number;
}

interface Access {
  readonly username?: string;
  readonly password?: string;
  readonly tls: boolean;
  /** What a user calls it, without its password. */
  readonly shown: string;
}

/** Where a Redis is: one server, a master that Sentinels know, or a cluster. */
export type RedisAddress = Access &
  (
    | { readonly kind: "single"; readonly host: RedisHost; readonly database: number }
    | {
        readonly kind: "sentinel";
        readonly sentinels: readonly RedisHost[];
        readonly master: string;
        readonly database: number;
      }
    | { readonly kind: "cluster"; readonly nodes: readonly RedisHost[] }
  );

const FORM =
  /^(?<scheme>rediss?)(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<user>[^:@/]*):(?<password>[^@/]*)@)?(?<hosts>[^/@]+)(?:\/(?<path>.*))?$/;
const REDIS_PORT = 6_379;
const SENTINEL_PORT = 26_379;

/**
 * Reads `redis://user:password@host:6379/0`, `redis+sentinel://host:26379,host:26379/master/0` and `redis+cluster://host,host`; `rediss`
 * for TLS. Throws `config-invalid` without repeating the password.
 */
export function parseRedisUrl(url: string): RedisAddress {
  const groups = FORM.exec(url.trim())?.groups;
  if (groups === undefined) throw invalid();
  const { scheme = "", kind = "single", user = "", password = "", hosts = "", path = "" } = groups;
  const list = hosts.split(",").map((text) => hostOf(text, kind === "sentinel" ? SENTINEL_PORT : REDIS_PORT));
  const [first] = list;
  if (first === undefined) throw invalid();
  const access: Access = {
    tls: scheme === "rediss",
    shown: `${scheme}${kind === "single" ? "" : `+${kind}`}://${list.map(({ host, port }) => `${host}:${port}`).join(",")}`,
    ...(user === "" ? {} : { username: decoded(user) }),
    ...(password === "" ? {} : { password: decoded(password) }),
  };
  if (kind === "cluster") return { ...access, kind, nodes: list };
  const parts = path.split("/");
  if (kind === "sentinel") {
    const [master = "", database = ""] = parts;
    if (master === "") throw invalid();
    return { ...access, kind, sentinels: list, master: decoded(master), database: databaseOf(database) };
  }
  return { ...access, kind: "single", host: first, database: databaseOf(parts[0] ?? "") };
}

function hostOf(text: string, defaultPort: number): RedisHost {
  const found = /^(\[[0-9a-f:]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i.exec(text);
  if (found === null) throw invalid();
  const [, host = "", port] = found;
  return { host: host.replace(/^\[|\]$/g, ""), port: port === undefined ? defaultPort : Number(port) };
}

function databaseOf(text: string): number {
  if (!/^\d{0,5}$/.test(text)) throw invalid();
  return Number(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid();
  }
}

function invalid(): BatonError {
  return new BatonError("config-invalid", "The Redis URL cannot be read.", {
    hint: "Write `redis://user:password@host:6379/0`, `redis+sentinel://host:26379,host:26379/master/0` or `redis+cluster://host:6379,host:6379`, with `rediss` for TLS.",
  });
}
