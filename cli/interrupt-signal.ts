import { constants } from "node:os";

/** Ctrl-C and SIGTERM as what they ask a run for. */
export interface InterruptSignal extends Disposable {
  /** Aborts when the run is to be put down at once. */
  readonly signal: AbortSignal;
  /** Aborts when the run is to be handed over after the step under way. */
  readonly drain: AbortSignal;
}

/** What is said when a signal comes. */
export interface InterruptNotes {
  onStop(): void;
  onDrain?(): void;
}

/** The exit code of a command that was stopped by Ctrl-C. */
export const INTERRUPTED = 130;

const EXIT_BASE = 128;
/** Kubernetes and systemd kill some 30 seconds after they asked: what is left is for putting the run down. */
const DRAIN_MS = 25_000;

/**
 * Ctrl-C puts a run down in order, and once more ends the process at once. SIGTERM lets the step under way finish, for up to 25 seconds or until
 * it comes again; a third one ends the process. Until it is disposed, the signals no longer end the process by themselves.
 */
export function interruptSignal({ onStop, onDrain }: InterruptNotes): InterruptSignal {
  const stopping = new AbortController();
  const draining = new AbortController();
  let patience: NodeJS.Timeout | undefined;

  function stop(name: NodeJS.Signals): void {
    if (stopping.signal.aborted) process.exit(EXIT_BASE + constants.signals[name]);
    stopping.abort(new DOMException(`Stopped by ${name}.`, "AbortError"));
    onStop();
  }

  function terminate(): void {
    if (draining.signal.aborted || onDrain === undefined) {
      stop("SIGTERM");
      return;
    }
    patience = setTimeout(() => {
      if (!stopping.signal.aborted) stop("SIGTERM");
    }, DRAIN_MS);
    patience.unref();
    draining.abort(new DOMException("Drained by SIGTERM.", "AbortError"));
    onDrain();
  }

  process.on("SIGINT", stop);
  process.on("SIGTERM", terminate);
  return {
    signal: stopping.signal,
    drain: draining.signal,
    [Symbol.dispose]: () => {
      clearTimeout(patience);
      process.off("SIGINT", stop);
      process.off("SIGTERM", terminate);
    },
  };
}
