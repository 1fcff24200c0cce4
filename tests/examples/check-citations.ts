/**
 * Checks the citations of a research result against the raw files. It knows nothing of how the result was made.
 *
 *   npx baton run research --input … --json > result.json
 *   node tests/examples/check-citations.ts result.json [folder that relative sources are meant from]
 */
import { readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

export interface CitedResult {
  readonly sources: string | readonly string[];
  readonly findings: readonly {
    readonly claim: string;
    readonly quote: string;
    readonly file: string;
    readonly line: number;
  }[];
  readonly brief: string;
}

/** Returns one sentence per citation that does not hold; an empty list means that all do. */
export function checkCitations(result: CitedResult, folder: string): readonly string[] {
  const sources = (typeof result.sources === "string" ? [result.sources] : result.sources).map((source) =>
    resolve(folder, source),
  );
  return [...result.findings.flatMap((finding) => checkFinding(finding, sources)), ...checkBrief(result)];
}

/** Like `checkCitations`, for a result made without a language model: there, each claim must be a sentence of its file. */
export function checkExtracts(result: CitedResult, folder: string): readonly string[] {
  const sources = (typeof result.sources === "string" ? [result.sources] : result.sources).map((source) =>
    resolve(folder, source),
  );
  return result.findings.flatMap(({ claim, file }) => {
    const isThere = candidates(file, sources).some((path) =>
      readings(readFileSync(path, "utf8")).some((text) => readings(claim).some((said) => text.includes(said))),
    );
    return isThere ? [] : [`${file}: no sentence reads “${claim}”`];
  });
}

function checkFinding(
  { claim, quote, file, line }: CitedResult["findings"][number],
  sources: readonly string[],
): readonly string[] {
  const place = `${file}:${line}`;
  if (claim.trim() === "") return [`${place}: the claim is empty`];
  if (quote.trim().length < 4) return [`${place}: the quote is empty`];
  if (quote.includes("\n")) return [`${place}: the quote runs over more than one line`];
  const paths = candidates(file, sources);
  if (paths.length === 0) return [`${place}: there is no such file in the sources`];
  const isThere = paths.some(
    (path) => readFileSync(path, "utf8").replaceAll("\r\n", "\n").split("\n")[line - 1]?.includes(quote) === true,
  );
  return isThere ? [] : [`${place}: the line does not hold “${quote}”`];
}

function candidates(file: string, sources: readonly string[]): readonly string[] {
  return sources
    .map((source) => (isFile(source) && basename(source) === file ? source : join(source, file)))
    .filter(isFile);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function checkBrief({ brief, findings }: CitedResult): readonly string[] {
  const [body = "", list = ""] = brief.split("\n## Sources\n");
  const marks = [...body.matchAll(/(?<=[\s\]])\[(\d{1,3})\](?=\s|$|\[)/gu)].map(([, number]) => Number(number));
  const unknown = marks
    .filter((number) => number < 1 || number > findings.length)
    .map((number) => `the brief cites [${number}], which is no finding`);
  const unlisted = findings
    .filter(({ file, line }) => !list.includes(`${file}:${line}`))
    .map(({ file, line }) => `${file}:${line} is missing from the brief's sources`);
  const uncited = findings
    .filter((_, index) => !marks.includes(index + 1))
    .map(({ file, line }) => `${file}:${line} is not cited in the brief`);
  return [...unknown, ...unlisted, ...uncited];
}

/** Letters and figures alone, with and without what may be a tag: `npm install <name>` is said, `<em>` is not. */
function readings(text: string): readonly string[] {
  const shown = text.replace(/\]\([^)]*\)|\]\[[^\]]*\]/gu, "]").replace(/&(?:#\d+|#x[\da-f]+|[a-z]+);/giu, "");
  return [bare(shown), bare(shown.replace(TAG, ""))];
}

/** Not `<` alone: in `sax@"<0.2.0"` it would take everything up to the next `>` away. */
const TAG = /<(?:\/?[a-z][^<>]*|!--[\s\S]*?--)>/giu;

function bare(text: string): string {
  return text.replace(/&(?=\s)/gu, "").replace(/[^\p{L}\p{N}]+/gu, "");
}

function main(): void {
  const [path, folder = process.cwd()] = process.argv.slice(2);
  if (path === undefined) throw new Error("Name the file with the output of `baton run research --json`.");
  // The document that `baton run --json` prints.
  const { state } = JSON.parse(readFileSync(path, "utf8")) as { readonly state: CitedResult };
  const isOffline = state.brief.includes("without a language model");
  const problems = [...checkCitations(state, folder), ...(isOffline ? checkExtracts(state, folder) : [])];
  process.stdout.write(
    `${state.findings.length} citations, ${problems.length} problems\n${problems.map((problem) => `  ${problem}\n`).join("")}`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) main();
