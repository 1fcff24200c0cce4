import type { RedisOptions } from "./client.ts";

/** A Redis named in a config. */
export interface NamedRedis extends RedisOptions {
  readonly kind: "redis";
}

/**
 * Names a Redis for `session` of a config. `url` is `redis://user:password@host:6379/0`, `redis+sentinel://host:26379,host:26379/master` or
 * `redis+cluster://host:6379,host:6379`; `rediss` for TLS. Opens nothing.
 */
export function redis(options: RedisOptions): NamedRedis {
  return { ...options, kind: "redis" };
}
