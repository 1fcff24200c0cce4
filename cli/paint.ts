import { styleText } from "node:util";

import type { RunStatus } from "../runs/run.ts";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Colours text, or returns it as it is where the stream is no terminal or NO_COLOR is set. */
export type Paint = (style: Style, text: string) => string;

/** The paint of one output stream. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  return (style, text) => (text === "" ? "" : styleText(style, text, { stream }));
}

/** The colour in which a run's status is shown. */
export function statusStyle(status: RunStatus): Style {
  switch (status) {
    case "completed":
      return "green";
    case "failed":
    case "dead":
      return "red";
    case "interrupted":
    case "parked":
      return "yellow";
    case "running":
    case "queued":
      return "cyan";
    case "cancelled":
      return "dim";
    default:
      return status satisfies never;
  }
}
