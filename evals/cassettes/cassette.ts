import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import type { Fetch, WrapFetch } from "../../models/scoped-fetch.ts";
import { suiteInvalid } from "../suite-error.ts";
import type { CassetteMode } from "./modes.ts";
import { playResponse, Recording, recordResponse } from "./recording.ts";
import { isLoopback, recordedRequest, requestKey } from "./request.ts";
import { scrubbed } from "./scrub.ts";

/** The model calls of one execution of a case. */
export interface TapeOptions {
  readonly repeat: number;
  readonly closures: Readonly<Record<string, string>>;
}

export interface Tape {
  readonly wrap: WrapFetch;
  /** One sentence for each request that had no recording: they fail the execution, also when the target swallowed its error. */
  readonly misses: readonly string[];
}

/** The recordings of one case, in one file that people can review. */
export interface Cassette {
  tape(options: TapeOptions): Tape;
  /** Whether an answer came from a recording that no language model made. */
  readonly playedSynthetic: boolean;
  /** Writes what was recorded since, and leaves out what a `refresh` did not meet again. */
  save(env: NodeJS.ProcessEnv): Promise<void>;
}

/** Opens the cassette of a case; one that is missing is empty. Throws `suite-invalid` when the file is damaged. */
export async function openCassette(path: string, shown: string, mode: Exclude<CassetteMode, "off">): Promise<Cassette> {
  const old = mode === "refresh" ? [] : await readCassette(path, shown);
  const added: Recording[] = [];
  let playedSynthetic = false;

  function find(key: string, repeat: number, occurrence: number): Recording | undefined {
    return [...old, ...added].find((row) => row.key === key && row.repeat === repeat && row.occurrence === occurrence);
  }

  return {
    tape({ repeat, closures }) {
      const seen = new Map<string, number>();
      const misses: string[] = [];
      const wrap: WrapFetch =
        (next): Fetch =>
        async (input, init) => {
          const request = await recordedRequest(input, init);
          const key = requestKey(request);
          const occurrence = (seen.get(key) ?? 0) + 1;
          seen.set(key, occurrence);
          const found = mode === "record" || mode === "refresh" ? undefined : find(key, repeat, occurrence);
          if (found !== undefined) {
            playedSynthetic ||= found.synthetic === true;
            return playResponse(found.response);
          }
          if (mode === "replay") return missed(misses, staleness(old, { repeat, closures, shown }));
          const { kept, answer } = await recordResponse(await next(input, init));
          added.push({
            key,
            repeat,
            occurrence,
            ...(isLoopback(input) ? { synthetic: true } : {}),
            closures,
            request: { ...request, body: plain(request.body) },
            response: kept,
          });
          return answer;
        };
      return { wrap, misses };
    },
    get playedSynthetic() {
      return playedSynthetic;
    },
    async save(env) {
      if (added.length === 0 && mode !== "refresh") return;
      const replaced = new Set(added.map(placeOf));
      const rows = [...old.filter((row) => !replaced.has(placeOf(row))), ...added];
      if (rows.length === 0) return await rm(path, { force: true });
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, rows.map((row) => lineOf(row, env)).join(""));
    },
  };
}

async function readCassette(path: string, shown: string): Promise<readonly Recording[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  });
  return text.split("\n").flatMap((line, at) => {
    if (line === "") return [];
    try {
      return [Recording.parse(JSON.parse(line))];
    } catch (error) {
      throw suiteInvalid({
        message: "The line is no recording.",
        place: { path: shown, line: at + 1 },
        hint: "Record it anew with `--cassettes refresh`.",
        cause: error,
      });
    }
  });
}

interface Missing extends TapeOptions {
  readonly shown: string;
}

/** Says which prompt changed since the recordings of this repeat, where one did. */
function staleness(rows: readonly Recording[], { repeat, closures, shown }: Missing): string {
  const recorded = rows.findLast((row) => row.repeat === repeat) ?? rows.at(-1);
  if (recorded === undefined) return `There is no cassette \`${shown}\`; record it with --cassettes record.`;
  const changed = Object.entries(closures).find(([name, closure]) => recorded.closures[name] !== closure);
  if (changed === undefined)
    return `The cassette \`${shown}\` has no recording of this request; record it with --cassettes auto.`;
  const [name, closure] = changed;
  const was = recorded.closures[name]?.slice(0, 8) ?? "none";
  return `The cassette \`${shown}\` is stale for \`${name}\`: closure ${was} → ${closure.slice(0, 8)}; record it with --cassettes refresh.`;
}

/** An answer that no client repeats: a repeat would miss again. */
function missed(misses: string[], why: string): Response {
  misses.push(why);
  return Response.json({ error: { message: why, type: "cassette_miss", code: "cassette_miss" } }, { status: 422 });
}

/** What was sent and answered is scrubbed, not the words of the format: a key may be one of them. */
function lineOf({ request, response, ...row }: Recording, env: NodeJS.ProcessEnv): string {
  const known = JSON.stringify(row).slice(0, -1);
  return `${known},"request":${scrubbed(JSON.stringify(request), env)},"response":${scrubbed(JSON.stringify(response), env)}}\n`;
}

function placeOf({ key, repeat, occurrence }: Recording): string {
  return `${key} ${repeat} ${occurrence}`;
}

function plain(body: unknown): Recording["request"]["body"] {
  return JSON.parse(JSON.stringify(body)) as Recording["request"]["body"];
}
