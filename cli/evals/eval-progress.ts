import type { CellResult } from "../../evals/cell.ts";
import { liveSurface, plainSurface } from "../live-lines.ts";
import type { Output } from "../output.ts";
import { oneLine } from "../plain-text.ts";

/** Shows how far an eval run has come. */
export interface EvalProgress {
  see(result: CellResult, progress: { readonly done: number; readonly total: number }): void;
  /** Takes away what was only shown while it ran. */
  end(): void;
}

const REFRESH_MS = 100;
/** Ten lines are enough for whoever reads a log. */
const LINES_IN_A_LOG = 10;

/** On a terminal one line that follows each execution, elsewhere a plain line now and then. */
export async function createEvalProgress(output: Output): Promise<EvalProgress> {
  const paint = output.paint.err;
  const isLive = process.stderr.isTTY && !output.json;
  const surface = isLive ? await liveSurface() : plainSurface(output);
  let shown = 0;
  let lastDrawn = -Infinity;
  let tokens = 0;
  let below = 0;
  let errors = 0;
  return {
    see(result, { done, total }) {
      const { outcome, spent } = result;
      if (spent.kept !== true) tokens += spent.inputTokens + spent.outputTokens;
      if (outcome === "infrastructure" || outcome === "defect") errors += 1;
      if (outcome === "wrong" || (outcome === "scored" && isLow(result))) below += 1;
      if (isLive && (outcome === "infrastructure" || outcome === "defect"))
        surface.keep(paint("yellow", `  ${oneLine(`${result.suite} ${result.case}: ${result.error}`)}`));
      const now = performance.now();
      if (isLive && (now - lastDrawn >= REFRESH_MS || done === total)) {
        lastDrawn = now;
        const place = `${result.suite} · ${result.case}${result.side === "before" ? " (baseline)" : ""}`;
        const count = `${bar(done, total)} ${done} of ${total}`;
        surface.live([oneLine(`${count} · ${below} below 1 · ${errors} errors · ${tokens} tokens · ${place}`)]);
      }
      const share = Math.floor((done * LINES_IN_A_LOG) / total);
      if (isLive || share === shown) return;
      shown = share;
      surface.keep(paint("dim", `${done} of ${total}`));
    },
    end: () => surface.end(),
  };
}

function isLow(result: CellResult): boolean {
  return result.outcome === "scored" && Object.values(result.scores).some(({ score }) => score < 1);
}

const WIDTH = 20;

function bar(done: number, total: number): string {
  const full = total === 0 ? WIDTH : Math.round((done * WIDTH) / total);
  return `${"█".repeat(full)}${"░".repeat(WIDTH - full)}`;
}
