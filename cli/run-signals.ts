import { type InterruptSignal, interruptSignal } from "./interrupt-signal.ts";
import type { Output } from "./output.ts";

/** The signals under which a run works, with a remark for whoever sent one. */
export function runSignals(output: Output): InterruptSignal {
  return interruptSignal({
    onStop: () => output.note("Stopping after the current write; once more ends at once."),
    onDrain: () => output.note("Finishing the step under way, then handing the run over; once more stops it at once."),
  });
}
