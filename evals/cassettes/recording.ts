import { z } from "zod";

/** One recorded call, a line of a cassette. Errors, 429s and cut streams are recorded as they came. */
export const Recording = z.strictObject({
  /** Digest of the request. */
  key: z.string(),
  repeat: z.number().int().positive(),
  /** The how-manieth equal request of its execution, from 1. */
  occurrence: z.number().int().positive(),
  /** Recorded from an endpoint on this machine, which need not be a language model: what it answers proves nothing of one. */
  synthetic: z.literal(true).optional(),
  /** Closures of the prompts the target was made of. */
  closures: z.record(z.string(), z.string()),
  request: z.strictObject({ method: z.string(), path: z.string(), body: z.json() }),
  response: z.strictObject({
    status: z.number().int(),
    headers: z.record(z.string(), z.string()),
    /** The body in the pieces in which it came. */
    chunks: z.array(z.string()),
  }),
});
export type Recording = z.infer<typeof Recording>;

/** Headers that decide how an answer is read; nothing else is kept. */
const KEPT_HEADERS = ["content-type", "retry-after", "retry-after-ms"];

/** Splits an answer into what is kept of it and one that can still be read. */
export async function recordResponse(
  response: Response,
): Promise<{ readonly kept: Recording["response"]; readonly answer: Response }> {
  const chunks = await chunksOf(response);
  const headers = Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  const kept = { status: response.status, headers, chunks };
  return { kept, answer: playResponse(kept) };
}

/** Makes an answer out of a recording; a stream comes in the pieces in which it came. */
export function playResponse({ status, headers, chunks }: Recording["response"]): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
  return new Response(NO_BODY.has(status) ? null : body, { status, headers });
}

const NO_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** A piece may end in the middle of a character; the decoder keeps the rest for the next. */
async function chunksOf(response: Response): Promise<string[]> {
  if (response.body === null) return [];
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const chunks: string[] = [];
  for await (const bytes of response.body) {
    const text = decoder.decode(bytes, { stream: true });
    if (text !== "") chunks.push(text);
  }
  const rest = decoder.decode();
  return rest === "" ? chunks : [...chunks, rest];
}
