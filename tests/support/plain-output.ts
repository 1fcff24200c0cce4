import type { Output } from "../../cli/output.ts";

export interface CapturedOutput extends Output {
  readonly written: { readonly stdout: string[]; readonly stderr: string[]; readonly documents: unknown[] };
}

/** An output without colours that keeps what it is given, for commands that run inside the test. */
export function plainOutput({ json = false }: { readonly json?: boolean } = {}): CapturedOutput {
  const written = { stdout: [] as string[], stderr: [] as string[], documents: [] as unknown[] };
  const paint = (_style: unknown, text: string): string => text;
  return {
    json,
    verbose: false,
    paint: { out: paint, err: paint },
    isTerminal: false,
    width: 10_000,
    result: (text) => void written.stdout.push(text),
    exact: (text) => void written.stdout.push(text),
    note: (text) => void written.stderr.push(text),
    document: (value) => void written.documents.push(value),
    written,
  };
}
