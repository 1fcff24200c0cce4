import type { Output } from "./output.ts";

/** Lines on stderr: those that stay, and below them what is under way. */
export interface Surface {
  /** Writes a line that stays. */
  keep(line: string): void;
  /** Replaces the lines at the bottom that show what is under way. */
  live(lines: readonly string[]): void;
  end(): void;
}

/** Where nobody watches, only what stays is written. */
export function plainSurface(output: Output): Surface {
  return { keep: (line) => output.note(line), live: () => {}, end: () => {} };
}

export async function liveSurface(): Promise<Surface> {
  const { createLogUpdate } = await import("log-update");
  const log = createLogUpdate(process.stderr);
  return {
    keep: (line) => log.persist(line),
    live: (lines) => log(lines.join("\n")),
    end() {
      log.clear();
      log.done();
    },
  };
}
