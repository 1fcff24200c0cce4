import type { PromptFiles } from "./named-schemas.ts";
import { partialCandidates } from "./name.ts";
import { PromptError, type Place } from "./prompt-error.ts";
import { splitPrompt, type PromptText } from "./prompt-text.ts";
import { parseTemplate } from "./template.ts";
import type { LinkedTemplate, TemplateNode } from "./template-node.ts";

/** Parses a template and, through it, all the partials it includes. Throws `prompt-invalid` for a missing partial and for a cycle. */
export function linkTemplate(files: PromptFiles, path: string, { template }: PromptText): LinkedTemplate {
  const linked = new Map<string, LinkedTemplate>();
  return link({ files, linked }, parseTemplate(template), [path]);
}

interface Linking {
  readonly files: PromptFiles;
  /** Partials that are done, by path: one that is included twice is parsed once. */
  readonly linked: Map<string, LinkedTemplate>;
}

function link(linking: Linking, nodes: readonly TemplateNode[], chain: readonly string[]): LinkedTemplate {
  const partials = new Map<string, LinkedTemplate>();
  for (const { name, place } of includesOf(nodes)) {
    if (!partials.has(name)) partials.set(name, linkPartial(linking, { name, place }, chain));
  }
  return { nodes, partials };
}

interface Include {
  readonly name: string;
  readonly place: Place;
}

function linkPartial(linking: Linking, { name, place }: Include, chain: readonly string[]): LinkedTemplate {
  const { files, linked } = linking;
  const candidates = partialCandidates(chain.at(-1) ?? "", name);
  const path = candidates.find((candidate) => files.read(candidate) !== undefined);
  if (path === undefined)
    throw missing(
      { name, place },
      candidates.map((candidate) => files.show(candidate)),
    );
  if (chain.includes(path)) throw cycle(place, [...chain.slice(chain.indexOf(path)), path]);
  const done = linked.get(path);
  if (done !== undefined) return done;
  const made = link(linking, parsePartial(files, { path, name }), [...chain, path]);
  linked.set(path, made);
  return made;
}

function parsePartial(
  files: PromptFiles,
  { path, name }: { readonly path: string; readonly name: string },
): readonly TemplateNode[] {
  const known = files.partials?.get(path);
  if (known !== undefined) return known;
  const { frontMatter, template } = splitPrompt(files.show(path), files.read(path) ?? "");
  if (frontMatter !== undefined) {
    const at = { path: frontMatter.path, line: frontMatter.firstLine - 1 };
    throw new PromptError("prompt-invalid", {
      message: `The partial \`${name}\` has a front matter.`,
      place: at,
      hint: "Settings belong to the prompt that includes the partial.",
    });
  }
  const nodes = parseTemplate(template);
  files.partials?.set(path, nodes);
  return nodes;
}

function includesOf(nodes: readonly TemplateNode[]): readonly Include[] {
  return nodes.flatMap((node) => {
    switch (node.kind) {
      case "partial":
        return [node];
      case "choice":
        return [...includesOf(node.body), ...includesOf(node.otherwise)];
      case "each":
      case "with":
        return [...includesOf(node.body), ...includesOf(node.otherwise)];
      case "text":
      case "print":
      case "json":
      case "role":
        return [];
    }
  });
}

function missing({ name, place }: Include, places: readonly string[]): PromptError {
  const hint =
    places.length === 0
      ? "A partial's name is made of letters, digits, `-`, `_` and `/`."
      : `Write ${places.map((path) => `\`${path}\``).join(" or ")}.`;
  return new PromptError("prompt-invalid", {
    message: `The partial \`${name.slice(0, 120)}\` does not exist.`,
    place,
    hint,
  });
}

function cycle(place: Place, chain: readonly string[]): PromptError {
  return new PromptError("prompt-invalid", {
    message: `The partials include each other in a circle: ${chain.map((path) => `\`${path}\``).join(" → ")}.`,
    place,
    hint: "Remove one of the includes.",
  });
}
