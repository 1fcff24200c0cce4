import { z } from "zod";

import { BatonError } from "../core/errors.ts";
import { digest } from "../core/json.ts";
import { blobId } from "./blob.ts";
import { RENDERER_VERSION } from "./closure.ts";

const BUNDLE_FORMAT = "baton-prompts/1";

const objectId = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u);

/** The prompt files of one folder, as one version has them: blob ids by path. */
const BundledRoot = z.strictObject({ folder: z.string(), files: z.record(z.string(), objectId) });

/** The prompts as a commit has them; `commit` is null where no Git was asked. */
const BundledVersion = z.strictObject({
  commit: objectId.nullable(),
  tags: z.array(z.string()),
  roots: z.array(BundledRoot),
});

const PromptBundle = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  renderer: z.int(),
  /** True when a file is not what the commit has. */
  dirty: z.boolean(),
  /** What a run would pin, by prompt name. */
  prompts: z.record(z.string(), z.strictObject({ ref: z.string(), closure: z.string() })),
  /** The bundled version first, then those that tags name. */
  versions: z.array(BundledVersion).min(1),
  /** Every text once, under its blob id. */
  texts: z.record(z.string(), z.string()),
  /** SHA-256 over everything else, so that a damaged or half-copied file is found. */
  digest: z.string(),
});

export type BundledRoot = z.infer<typeof BundledRoot>;
export type BundledVersion = z.infer<typeof BundledVersion>;
export type PromptBundle = z.infer<typeof PromptBundle>;

/** Gives a bundle its digest. */
export function sealBundle(content: Omit<PromptBundle, "format" | "renderer" | "digest">): PromptBundle {
  const whole = { format: BUNDLE_FORMAT, renderer: RENDERER_VERSION, ...content } as const;
  return { ...whole, digest: digest(whole) };
}

/**
 * Reads a bundle and proves it: the digest, and for every text that it is the one its blob id names. Throws `prompt-bundle-invalid`, which names
 * the bundle as `shown` and never quotes a text.
 */
export function readBundle(text: string, shown: string): PromptBundle {
  const bundle = parse(text, shown);
  for (const [blob, content] of Object.entries(bundle.texts)) {
    if (blobId(Buffer.from(content), blob.length === 64 ? "sha256" : "sha1") !== blob)
      throw invalid(shown, `holds a text that is not the one its blob id \`${blob.slice(0, 64)}\` names`);
  }
  const { digest: expected, ...content } = bundle;
  if (digest(content) !== expected) throw invalid(shown, "does not have the digest that it names");
  for (const { roots } of bundle.versions) {
    for (const [path, blob] of roots.flatMap(({ files }) => Object.entries(files))) {
      if (!Object.hasOwn(bundle.texts, blob)) throw invalid(shown, `has no text for \`${path}\` (${blob})`);
    }
  }
  return bundle;
}

function parse(text: string, shown: string): PromptBundle {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    // The parser's message quotes the file.
    if (error instanceof SyntaxError) throw invalid(shown, "is not valid JSON");
    throw error;
  }
  const { success, data, error } = PromptBundle.safeParse(json);
  if (success) return data;
  const place = error.issues[0]?.path.slice(0, 2).map(String).join(".").slice(0, 80);
  throw invalid(shown, `is not a bundle of this version of Baton${place === "" ? "" : ` (at \`${place}\`)`}`);
}

export function invalid(shown: string, what: string, cause?: unknown): BatonError {
  return new BatonError("prompt-bundle-invalid", `The prompt bundle \`${shown}\` ${what}.`, {
    hint: "Make it again, in a clone of the repository: baton prompts bundle",
    ...(cause === undefined ? {} : { cause }),
  });
}
