import { Worker } from "node:worker_threads";

import { BatonError } from "../../core/errors.ts";

export interface Pattern {
  readonly pattern: string;
  readonly flags: string;
}

/** A regular expression can take for ever; this is how long one may take for one text. */
const LIMIT_MS = 100;
/** Starting a thread on a busy machine is not the pattern's fault. */
const START_MS = 10_000;

/**
 * Says whether the text matches, in a thread that is ended when the pattern takes longer than 100 ms. Throws `scorer-timed-out`, and
 * `suite-invalid` for what is no regular expression.
 */
export async function matchWithin({ pattern, flags }: Pattern, text: string): Promise<boolean> {
  refuseInvalid({ pattern, flags });
  const worker = new Worker(PROGRAM, { eval: true, workerData: { pattern, flags, text } });
  try {
    return await answerOf(worker, pattern);
  } finally {
    await worker.terminate();
  }
}

const PROGRAM = `
const { parentPort, workerData: { pattern, flags, text } } = require("node:worker_threads");
parentPort.postMessage("ready");
parentPort.postMessage(new RegExp(pattern, flags).test(text));
`;

async function answerOf(worker: Worker, pattern: string): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const overdue = (): void => {
      const message = `The pattern \`${pattern}\` took longer than ${LIMIT_MS} ms on one text.`;
      const hint = "Rewrite it without nested repeats such as `(a+)+`.";
      reject(new BatonError("scorer-timed-out", message, { hint }));
    };
    let timer = setTimeout(overdue, START_MS);
    worker.on("message", (message: unknown) => {
      clearTimeout(timer);
      if (message === "ready") timer = setTimeout(overdue, LIMIT_MS);
      else resolve(message === true);
    });
    worker.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

function refuseInvalid({ pattern, flags }: Pattern): void {
  try {
    new RegExp(pattern, flags);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new BatonError("suite-invalid", `\`${pattern}\` is no regular expression: ${error.message}.`, {
      hint: "Correct the pattern of the `regex` scorer.",
      cause: error,
    });
  }
}
