import { jsonTextReader } from "../core/json-text.ts";
import type { TaskRef } from "../core/events.ts";
import type { TextEvent } from "../core/live-events.ts";
import type { GenerateOptions, ModelResponse } from "../models/model.ts";

/** Shows the text of one agent's answers while they arrive. */
export interface LiveText {
  /** Begins with another model call: what was shown of the one before is no part of the answer. */
  begin(): Pick<GenerateOptions, "onToken" | "onRestart">;
  /** Shows the text of a model that hands out its answer whole. */
  whole(response: ModelResponse): void;
  /** What was shown is void. */
  discard(): void;
}

/** Undefined where nobody looks: the model is then asked for whole answers. */
export function liveText(show: ((event: TextEvent) => void) | undefined, task: TaskRef): LiveText | undefined {
  if (show === undefined) return undefined;
  let reader = jsonTextReader();
  let heard = false;
  let shown = false;

  function discard(): void {
    reader = jsonTextReader();
    heard = false;
    if (shown) show?.({ type: "text_discarded", ...task, at: Date.now() });
    shown = false;
  }

  function receive(token: string): void {
    heard = true;
    for (const piece of reader.read(token)) {
      shown = true;
      show?.({ type: "text_received", ...task, at: Date.now(), ...piece });
    }
  }

  return {
    begin() {
      discard();
      return { onToken: receive, onRestart: discard };
    },
    whole({ text, finish }) {
      if (!heard && finish === "stop") receive(text);
    },
    discard,
  };
}
