import { statement, type Statement } from "../statement.ts";

/** The tables that a commit may fill. */
export const PARTS = ["events", "effects", "lineages", "checkpoints", "segments", "writes"] as const;
export type Part = (typeof PARTS)[number];

export interface CommitShape {
  readonly fenced: boolean;
  readonly parts: ReadonlySet<Part>;
}

/** One row per commit whose fence held. */
export interface CommitResult {
  readonly job: number;
  readonly seq: number | null;
}

/**
 * Stores any number of commits of several runs in one statement. The rows of a commit are stored only when its fence holds: the lock on the
 * run's row makes a take-over wait, and a take-over that is under way makes this statement wait and then store nothing. `$1` holds all texts
 * and values; the arrays say where in it they lie. Parameters of a part are those of `PARAMETERS`, in this order.
 */
export function commitStatement({ fenced, parts }: CommitShape): Statement<CommitResult> {
  const present = PARTS.filter((part) => parts.has(part));
  // PostgreSQL cuts names off after 63 bytes, without a word.
  const initials = present.map((part) => part.slice(0, 2)).join("_");
  return statement(`commit_${fenced ? "fenced" : "open"}_${initials}`, (schema) => {
    let next = 5;
    const inserts = present.map((part) => {
      const first = next + 1;
      next += PARAMETERS[part].length;
      return `${part}_given as (${rowsOf(PARAMETERS[part], first)}),\n${INSERTS[part](schema)}`;
    });
    return `
with held as materialized (${fenced ? heldRuns(schema) : EVERY_JOB})${inserts.length === 0 ? "" : ","}
${inserts.join(",\n")}
${parts.has("checkpoints") ? WITH_NUMBERS : "select n::integer as job, null::bigint as seq from held"}`;
  });
}

type Parameters = readonly (readonly [name: string, type: string])[];

/** The arrays of each part after the five that every commit has. */
export const PARAMETERS: { readonly [P in Part]: Parameters } = {
  events: [
    ["job", "integer"],
    ["run", "text"],
    ["mark", "bigint"],
    ["body_at", "integer"],
    ["body_length", "integer"],
  ],
  effects: [
    ["job", "integer"],
    ["run", "text"],
    ["mark", "bigint"],
    ["key", "text"],
    ["status", "text"],
    ["body_at", "integer"],
    ["body_length", "integer"],
  ],
  lineages: [
    ["job", "integer"],
    ["lineage", "uuid"],
    ["thread", "text"],
    ["ns", "text"],
  ],
  checkpoints: [
    ["job", "integer"],
    ["lineage", "uuid"],
    ["epoch", "bigint"],
    ["id", "text"],
    ["parent", "text"],
    ["metadata_at", "integer"],
    ["metadata_length", "integer"],
    ["body_at", "integer"],
    ["body_length", "integer"],
    ["writes_at", "integer"],
    ["writes_length", "integer"],
    ["data_at", "integer"],
    ["data_length", "integer"],
  ],
  segments: [
    ["job", "integer"],
    ["lineage", "uuid"],
    ["list", "bigint"],
    ["start", "integer"],
    ["type", "text"],
    ["data_at", "integer"],
    ["data_length", "integer"],
  ],
  writes: [
    ["job", "integer"],
    ["lineage", "uuid"],
    ["epoch", "bigint"],
    ["checkpoint", "text"],
    ["task", "text"],
    ["path", "text"],
    ["origin_at", "integer"],
    ["origin_length", "integer"],
    ["body_at", "integer"],
    ["body_length", "integer"],
    ["data_at", "integer"],
    ["data_length", "integer"],
  ],
};

function rowsOf(parameters: Parameters, first: number): string {
  const arrays = parameters.map(([, type], index) => `$${first + index}::${type}[]`).join(", ");
  const names = parameters.map(([name]) => name).join(", ");
  return `select * from unnest(${arrays}) with ordinality as given (${names}, place) where job in (select n from held)`;
}

/** `$2` runs, `$3` epochs, `$4` owners, `$5` the threads that are written, one of each per commit. */
const JOBS =
  "unnest($2::text[], $3::bigint[], $4::text[], $5::text[]) with ordinality as job (run, epoch, owner, thread, n)";

const EVERY_JOB = `select n from ${JOBS}`;

const heldRuns = (schema: string): string => `
  select job.n from ${JOBS}
  join ${schema}.runs r on r.id = job.run and r.epoch = job.epoch and r.owner = job.owner
  where job.thread is null
  or job.thread = case when r.tenant = 'default' then r.thread else '~' || r.tenant || '~' || r.thread end
  for share of r`;

/**
 * A checkpoint that is there already is left out rather than passed over on conflict, which would cost two more entries in the log per
 * row; of two writers that store the same one at the same moment, one gets a unique violation and tries again.
 */
const INSERTS: { readonly [P in Part]: (schema: string) => string } = {
  events: (schema) => `
events_stored as (
  insert into ${schema}.events (run, seq, mark, body)
  select given.run,
    coalesce((select max(seq) from ${schema}.events known where known.run = given.run), 0)
    + row_number() over (partition by given.run order by given.place),
    given.mark, ${textAt("body")}
  from events_given given)`,
  effects: (schema) => `
effects_stored as (
  insert into ${schema}.effects (run, mark, key, status, body)
  select run, mark, key, status, ${textAt("body")} from effects_given given order by place
  on conflict do nothing)`,
  lineages: (schema) => `
lineages_stored as (
  insert into ${schema}.lineages (lineage, thread, ns) select lineage, thread, ns from lineages_given
  on conflict do nothing)`,
  checkpoints: (schema) => `
checkpoints_stored as (
  insert into ${schema}.checkpoints (lineage, epoch, id, parent, metadata, body, writes, data)
  select lineage, epoch, id, parent, ${textAt("metadata")}, ${textAt("body")}, ${optionalTextAt("writes")}, ${bytesAt("data")}
  from checkpoints_given given
  where not exists (
    select from ${schema}.checkpoints known where known.id = given.id and known.lineage = given.lineage)
  order by place
  returning lineage, id, seq)`,
  segments: (schema) => `
segments_stored as (
  insert into ${schema}.list_segments (lineage, list, start, type, data)
  select lineage, list, start, type, ${bytesAt("data")} from segments_given given)`,
  writes: (schema) => `
writes_stored as (
  insert into ${schema}.task_writes (lineage, epoch, checkpoint, task, path, origin, body, data)
  select lineage, epoch, checkpoint, task, path,
    ${optionalTextAt("origin")}, ${textAt("body")}, ${bytesAt("data")}
  from writes_given given order by place)`,
};

const WITH_NUMBERS = `
select held.n::integer as job, stored.seq from held
left join checkpoints_given given on given.job = held.n
left join checkpoints_stored stored on stored.lineage = given.lineage and stored.id = given.id`;

function bytesAt(column: string): string {
  return `substring($1::bytea from given.${column}_at for given.${column}_length)`;
}

function textAt(column: string): string {
  return `convert_from(${bytesAt(column)}, 'UTF8')`;
}

function optionalTextAt(column: string): string {
  return `case when given.${column}_length >= 0 then ${textAt(column)} end`;
}
