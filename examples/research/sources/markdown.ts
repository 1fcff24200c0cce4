import type { Nodes, Parents, PhrasingContent } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { toString as plainText } from "mdast-util-to-string";
import { gfm } from "micromark-extension-gfm";

import { addAligned, type Block, type BlockText, blockText } from "./block.ts";
import { outline, type Outline } from "./outline.ts";
import { tableRows } from "./table.ts";

/** The paragraphs, list items, table cells and table rows of a Markdown file; headings, code, HTML and front matter are left out. */
export function markdownBlocks(raw: string): readonly Block[] {
  const source = withoutFrontMatter(raw);
  const tree = fromMarkdown(source, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const blocks: Block[] = [];
  collect(tree, { raw: source, blocks, outline: outline(), kind: "paragraph" });
  return blocks;
}

interface Walk {
  readonly raw: string;
  readonly blocks: Block[];
  readonly outline: Outline;
  readonly kind: Block["kind"];
}

/** Blanks the front matter out, so that every line and offset stays where it is. */
function withoutFrontMatter(raw: string): string {
  const matter = /^(---|\+\+\+)[ \t]*\n[\s\S]*?\n\1[ \t]*(?:\n|$)/u.exec(raw)?.[0];
  return matter === undefined ? raw : matter.replace(/[^\n]/gu, " ") + raw.slice(matter.length);
}

function collect(node: Nodes, walk: Walk): void {
  switch (node.type) {
    case "heading":
      walk.outline.enter(node.depth, plainText(node));
      return;
    case "paragraph":
    case "tableCell":
      addBlock(node.children, node.type === "tableCell" ? { ...walk, kind: "cell" } : walk);
      return;
    case "table":
      for (const row of node.children) collect(row, walk);
      walk.blocks.push(
        ...tableRows(node, { addCell: (cells, text) => addPieces(cells, text, walk.raw), place: walk.outline }),
      );
      return;
    case "listItem":
      for (const child of node.children) collect(child, { ...walk, kind: "item" });
      return;
    case "code":
    case "html":
    case "definition":
      return;
    default:
      if (isParent(node)) for (const child of node.children) collect(child, walk);
  }
}

function isParent(node: Nodes): node is Parents {
  return "children" in node;
}

function addBlock(
  children: readonly PhrasingContent[],
  { raw, blocks, outline: { headings, section }, kind }: Walk,
): void {
  // A paragraph of nothing but links is a menu.
  if (!children.some((child) => !isLink(child) && /\p{L}{2}/u.test(plainText(child)))) return;
  const text = blockText();
  addPieces(children, text, raw);
  blocks.push(text.finish({ headings: [...headings, ...leadOf(children)], section, kind }));
}

function isLink({ type }: PhrasingContent): boolean {
  return type === "link" || type === "linkReference" || type === "image";
}

function addPieces(children: readonly PhrasingContent[], text: BlockText, raw: string): void {
  for (const child of children) {
    const from = text.length;
    addInline(child, text, raw);
    text.edge(from, startOf(child), endOf(child));
  }
}

const LONGEST_LEAD = 60;

/** Bold words that open a paragraph and end in a stop, as in "**Retries.** A node …", are its heading. */
function leadOf([first, next]: readonly PhrasingContent[]): readonly string[] {
  if (first?.type !== "strong" || next === undefined) return [];
  const lead = plainText(first).trim();
  const isLead =
    lead.length <= LONGEST_LEAD && (/[.:]$/u.test(lead) || (next.type === "text" && /^\s*[:–—]/u.test(next.value)));
  return isLead ? [lead.replace(/[.:]$/u, "")] : [];
}

function addInline(node: PhrasingContent, block: BlockText, raw: string): void {
  switch (node.type) {
    case "text":
      addAligned(block, node.value, { text: raw, from: startOf(node), to: endOf(node) });
      return;
    case "inlineCode":
      // Code keeps its backticks: without them names such as `__proto__` would become marks again.
      block.add("`", startOf(node));
      addAligned(block, node.value, { text: raw, from: startOf(node) + 1, to: endOf(node) });
      block.add("`", endOf(node) - 1);
      return;
    case "break":
      block.add(" ", startOf(node));
      return;
    case "emphasis":
    case "strong":
    case "delete":
    case "link":
    case "linkReference":
      for (const child of node.children) addInline(child, block, raw);
      return;
    default:
  }
}

function startOf(node: Nodes): number {
  return node.position?.start.offset ?? 0;
}

function endOf(node: Nodes): number {
  return node.position?.end.offset ?? 0;
}
