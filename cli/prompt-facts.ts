import type { StoredEvent } from "../core/events.ts";
import type { Run, RunPromptPin } from "../runs/run.ts";
import { oneLine } from "./plain-text.ts";

/** What `show` says of each prompt that a run has pinned: in which steps it was used, and by whose wish it stands there. */
export function promptLines(
  { pins: { prompts } }: Run,
  events: readonly StoredEvent[],
  changed: ReadonlySet<string>,
): readonly string[] {
  return prompts.map((pin) => {
    const remarks = [
      ...usedIn(pin.ref, events),
      ...(pin.dirty ? ["not committed"] : []),
      ...chosenBy(pin, events),
      ...(pin.replaced === true ? ["replaced since"] : []),
      ...(changed.has(pin.ref) && pin.replaced !== true
        ? ["its files have changed since, the run keeps this text"]
        : []),
    ];
    return `${shortRef(pin.ref)}${remarks.length === 0 ? "" : ` (${remarks.join("; ")})`}`;
  });
}

function usedIn(ref: string, events: readonly StoredEvent[]): readonly string[] {
  const rendered = events.flatMap((event) =>
    event.type === "prompt_rendered" && event.prompt === ref ? [event.step] : [],
  );
  const steps = [...new Set(rendered)].toSorted((one, other) => one - other);
  if (steps.length === 0) return [];
  const listed = steps.length > MOST_STEPS ? `${steps.slice(0, MOST_STEPS).join(", ")}, …` : steps.join(", ");
  return [`used in ${steps.length === 1 ? "step" : "steps"} ${listed}`];
}

const MOST_STEPS = 12;

function chosenBy({ ref }: RunPromptPin, events: readonly StoredEvent[]): readonly string[] {
  return events.flatMap((event) => {
    if (event.type !== "prompt_overridden" || event.to !== ref) return [];
    const who = event.by === undefined ? "" : ` by ${oneLine(event.by, 60)}`;
    const why = event.reason === undefined ? "" : `: ${oneLine(event.reason, 160)}`;
    return [`asked for as ${oneLine(event.wanted, 120)}${who}${why}`];
  });
}

/** `brief/write@3f2a1c9d0b7e`: a blob id is known by its first twelve characters. */
function shortRef(ref: string): string {
  return oneLine(ref.replace(/@([0-9a-f]{12})[0-9a-f]+$/u, "@$1"));
}
