import type { CellResult } from "../../evals/cell.ts";
import { liveSurface, plainSurface } from "../live-lines.ts";
import type { Output } from "../output.ts";
import { oneLine } from "../plain-text.ts";
import { type EvalState, progressLine } from "./eval-progress-line.ts";

/** Shows how far an eval run has come. */
export interface EvalProgress {
  see(result: CellResult, progress: Begun): void;
  /** Writes a remark that stays, above the line that follows. */
  note(text: string): void;
  /** Takes away what was only shown while it ran. */
  end(): void;
}

/** Executions that are done, and all of them. */
export interface Begun {
  readonly done: number;
  readonly total: number;
}

const REFRESH_MS = 100;
/** Ten lines are enough for whoever reads a log. */
const LINES_IN_A_LOG = 10;

/** On a terminal one line that follows each execution, elsewhere a plain line now and then. */
export async function createEvalProgress(output: Output, begun: Begun): Promise<EvalProgress> {
  const isLive = process.stderr.isTTY && !output.json;
  return isLive ? await liveProgress(output, begun) : plainProgress(output, begun);
}

async function liveProgress({ paint }: Output, begun: Begun): Promise<EvalProgress> {
  const surface = await liveSurface();
  let state: EvalState = { ...begun, below: 0, errors: 0, tokens: 0, place: undefined };
  let waiting: NodeJS.Timeout | undefined;

  function draw(): void {
    waiting = undefined;
    surface.live([progressLine(state, process.stderr.columns || 80)]);
  }

  draw();
  return {
    see(result, progress) {
      const { outcome, spent, suite, side } = result;
      const isError = outcome === "infrastructure" || outcome === "defect";
      const isBelow = outcome === "wrong" || (outcome === "scored" && isLow(result));
      state = {
        ...progress,
        below: state.below + Number(isBelow),
        errors: state.errors + Number(isError),
        tokens: state.tokens + (spent.kept === true ? 0 : spent.inputTokens + spent.outputTokens),
        place: `${suite} · ${result.case}${side === "before" ? " (baseline)" : ""}`,
      };
      if (isError) surface.keep(paint.err("yellow", `  ${oneLine(`${suite} ${result.case}: ${result.error}`)}`));
      // The last of a burst is drawn too, however long the next execution takes.
      waiting ??= setTimeout(draw, REFRESH_MS).unref();
    },
    note: surface.keep,
    end() {
      clearTimeout(waiting);
      surface.end();
    },
  };
}

function plainProgress(output: Output, { done: already, total: all }: Begun): EvalProgress {
  const surface = plainSurface(output);
  let shown = Math.floor((already * LINES_IN_A_LOG) / all);
  return {
    see(_result, { done, total }) {
      const share = Math.floor((done * LINES_IN_A_LOG) / total);
      if (share === shown) return;
      shown = share;
      surface.keep(output.paint.err("dim", `${done} of ${total}`));
    },
    note: surface.keep,
    end: () => surface.end(),
  };
}

/** Half of a judgement side by side is a draw. */
function isLow({ side, ...result }: Extract<CellResult, { readonly outcome: "scored" }>): boolean {
  return Object.values(result.scores).some(({ score }) => score < (side === "both" ? 0.5 : 1));
}
