import { constants } from "node:os";

/** Ctrl-C as an abort signal. */
export interface InterruptSignal extends Disposable {
  readonly signal: AbortSignal;
}

/** The exit code of a command that was stopped by Ctrl-C. */
export const INTERRUPTED = 130;

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
const EXIT_BASE = 128;

/**
 * Aborts once at the first Ctrl-C or SIGTERM, so that a run is put down in order; the second one ends the process at once.
 * Until it is disposed, the signals no longer end the process by themselves.
 */
export function interruptSignal(onFirst: () => void): InterruptSignal {
  const controller = new AbortController();
  const listener = (name: (typeof SIGNALS)[number]): void => {
    if (controller.signal.aborted) process.exit(EXIT_BASE + constants.signals[name]);
    controller.abort(new DOMException(`Stopped by ${name}.`, "AbortError"));
    onFirst();
  };
  for (const name of SIGNALS) process.on(name, listener);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of SIGNALS) process.off(name, listener);
    },
  };
}
