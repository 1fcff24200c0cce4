import { Writable } from "node:stream";

import { type Paint, paintFor } from "./paint.ts";

/** Where a command writes: results to stdout, everything else to stderr, so that stdout can be piped. */
export interface Output {
  /** True when exactly one JSON document is to stand on stdout. */
  readonly json: boolean;
  readonly verbose: boolean;
  readonly paint: { readonly out: Paint; readonly err: Paint };
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean;
  /** Characters in a line of stdout. */
  readonly width: number;
  /** Writes a result to stdout, with a line break at its end. */
  result(text: string): void;
  /** Writes a text to stdout as it is, byte for byte. */
  exact(text: string): void;
  /** Writes a remark to stderr, with a line break at its end. */
  note(text: string): void;
  /** Writes one JSON document to stdout. */
  document(value: object): void;
}

/** Width of a table in a pipe, and on a terminal that says 0: nothing is dropped there, since no one has to read it on a narrow screen. */
const PIPE_WIDTH = 10_000;

/** C1 controls and marks that turn the direction of text around: JSON.stringify leaves them as they are, a terminal obeys them. */
const UNESCAPED_CONTROLS = /[\u007f-\u009f\p{Bidi_Control}\u2028\u2029]/gu;

/** The output of this process, as its arguments ask for it. */
export function createOutput(argv: readonly string[]): Output {
  // Taken before user code runs: what that prints goes to stderr (`keepStdout`), results still go here.
  const write = process.stdout.write.bind(process.stdout);
  return {
    json: hasFlag(argv, "--json"),
    verbose: hasFlag(argv, "--verbose"),
    paint: { out: paintFor(process.stdout), err: paintFor(process.stderr) },
    isTerminal: process.stdout.isTTY === true,
    width: (process.stdout.isTTY && process.stdout.columns) || PIPE_WIDTH,
    result: (text) => void write(ended(text)),
    exact: (text) => void write(text),
    note: (text) => void process.stderr.write(ended(text)),
    document: (value) => void write(`${documentText(value)}\n`),
  };
}

/** Indented JSON in which no character can drive a terminal. */
export function documentText(value: object): string {
  return JSON.stringify(value, undefined, 2).replace(
    UNESCAPED_CONTROLS,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Sends what configs, nodes and tools print to stderr from now on: stdout is for the result alone, so that it can be piped. */
export function keepStdout(): void {
  process.stdout.write = process.stderr.write.bind(process.stderr);
}

/** Resolves when everything written so far has left the process; a reader that went away (`| head`) is no error. */
export async function flushed(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map(
      (stream) =>
        new Promise<void>((resolve) => {
          // `keepStdout` replaces `write`; the stream's own is on its prototype.
          Writable.prototype.write.call(stream, "", "utf8", () => resolve());
        }),
    ),
  );
}

/** Whatever stands behind `--` is an argument, not a flag. */
function hasFlag(argv: readonly string[], flag: string): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).includes(flag);
}

function ended(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
