import type { Commit } from "./commit.ts";
import { createPack, type Pack, type Span } from "./pack.ts";
import { PARAMETERS, PARTS, type CommitShape, type Part } from "./sql/commit.ts";
import type { Parameter } from "./statement.ts";

type Cell = string | number | null;
type Row = Readonly<Record<string, Cell>>;

/** The parameters of the commit statement for these commits, and which statement it is. */
export function commitParameters(commits: readonly Commit[]): {
  readonly shape: CommitShape;
  readonly values: readonly Parameter[];
} {
  const pack = createPack();
  const rows: { readonly [P in Part]: Row[] } = {
    events: [],
    effects: [],
    lineages: [],
    checkpoints: [],
    segments: [],
    writes: [],
  };
  for (const [index, commit] of commits.entries()) addRows(rows, { commit, pack, job: index + 1 });
  const present = PARTS.filter((part) => rows[part].length > 0);
  const arrays = present.flatMap((part) =>
    PARAMETERS[part].map(([name]) => rows[part].map((row) => row[name] ?? null)),
  );
  const fences = commits.map(({ fence }) => fence);
  return {
    shape: { fenced: fences.some((fence) => fence !== undefined), parts: new Set(present) },
    values: [
      pack.toBytes(),
      fences.map((fence) => fence?.run ?? null),
      fences.map((fence) => fence?.epoch ?? null),
      fences.map((fence) => fence?.owner ?? null),
      commits.map(({ thread }) => thread ?? null),
      ...arrays,
    ],
  };
}

interface Source {
  readonly commit: Commit;
  readonly pack: Pack;
  readonly job: number;
}

function addRows(rows: { readonly [P in Part]: Row[] }, { commit, pack, job }: Source): void {
  const { fence, mark, effect, lineage, checkpoint } = commit;
  const epoch = fence?.epoch ?? null;
  const run = fence?.run ?? null;
  for (const body of commit.events ?? []) rows.events.push({ job, run, mark, ...spanned("body", pack.text(body)) });
  if (effect !== undefined) {
    const { key, status, body } = effect;
    rows.effects.push({ job, run, mark, key, status, ...spanned("body", pack.text(body)) });
  }
  if (lineage !== undefined) rows.lineages.push({ job, ...lineage });
  if (checkpoint !== undefined) {
    const { metadata, body, writes, data, ...row } = checkpoint;
    rows.checkpoints.push({
      ...row,
      job,
      epoch,
      ...spanned("metadata", pack.text(metadata)),
      ...spanned("body", pack.text(body)),
      ...spanned("writes", writes === null ? NOTHING : pack.text(writes)),
      ...spanned("data", pack.bytes(data)),
    });
  }
  for (const { data, ...row } of commit.segments ?? [])
    rows.segments.push({ ...row, job, ...spanned("data", pack.bytes(data)) });
  for (const { origin, body, data, ...row } of commit.writes ?? []) {
    rows.writes.push({
      ...row,
      job,
      epoch,
      ...spanned("origin", origin === null ? NOTHING : pack.text(origin)),
      ...spanned("body", pack.text(body)),
      ...spanned("data", pack.bytes(data)),
    });
  }
}

const NOTHING: Span = { at: 1, length: -1 };

function spanned(name: string, { at, length }: Span): Row {
  return { [`${name}_at`]: at, [`${name}_length`]: length };
}
