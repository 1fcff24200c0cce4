import type { StoredEvent } from "../core/events.ts";
import { liveSurface, plainSurface } from "./live-lines.ts";
import type { Output } from "./output.ts";
import { oneLine } from "./plain-text.ts";
import { endedLine, runningLine, type TaskEvents } from "./task-line.ts";

/** Shows a run's tasks while it runs. */
export interface Progress {
  see(event: StoredEvent): void;
  /** Takes away what was only shown while the run was running. */
  end(): void;
}

/** Lines on stderr: on a terminal with a live line for each running task, elsewhere one plain line when a task has ended. */
export async function createProgress(output: Output): Promise<Progress> {
  const surface = process.stderr.isTTY && !output.json ? await liveSurface() : plainSurface(output);
  const tasks = new Map<string, TaskEvents>();
  const paint = output.paint.err;
  const refresh = (): void => surface.live([...tasks.values()].map((events) => runningLine(events, Date.now(), paint)));
  const timer = setInterval(refresh, REFRESH_MS);
  timer.unref();

  function see(event: StoredEvent): void {
    if (!("taskId" in event)) return;
    const events = [...(tasks.get(event.taskId) ?? []), event];
    tasks.set(event.taskId, events);
    if (event.type === "model_note") surface.keep(paint("yellow", `  note: ${oneLine(event.note)}`));
    if (event.type === "task_completed" || event.type === "task_failed") {
      tasks.delete(event.taskId);
      surface.keep(endedLine(events, paint));
    }
    refresh();
  }

  return {
    see,
    end() {
      clearInterval(timer);
      surface.end();
    },
  };
}

const REFRESH_MS = 100;
