import { type DefaultTreeAdapterMap, parse } from "parse5";

import { addAligned, type Block, type BlockText, blockText } from "./block.ts";
import { outline } from "./outline.ts";

type Node = DefaultTreeAdapterMap["node"];

/** The paragraphs, list items and cells of an HTML page; menus, headings, code, scripts and forms are left out. */
export function htmlBlocks(raw: string): readonly Block[] {
  const blocks: Block[] = [];
  const place = outline();
  let open: BlockText = blockText();
  let kind: Block["kind"] = "paragraph";
  let links = 0;
  let hasOwnWords = false;

  function close(): void {
    // A block of nothing but links is a menu.
    if (hasOwnWords) {
      blocks.push(open.finish({ headings: place.headings, section: place.section, kind }));
    }
    open = blockText();
    hasOwnWords = false;
  }

  function visit(node: Node): void {
    if (isText(node)) {
      const location = node.sourceCodeLocation;
      if (!location) return;
      // A quote is words that lie side by side in the file, so it never runs over a tag.
      hasOwnWords ||= links === 0 && /\p{L}{2}/u.test(node.value);
      open.quotable({ from: location.startOffset, to: location.endOffset });
      addAligned(open, node.value, { text: raw, from: location.startOffset, to: location.endOffset });
      return;
    }
    if (!("childNodes" in node)) return;
    const name = "tagName" in node ? node.tagName : "";
    if (SKIPPED.has(name) || isHidden(node)) {
      if (!INLINE.has(name)) close();
      return;
    }
    const level = HEADING.exec(name)?.[1];
    if (level !== undefined) {
      close();
      place.enter(Number(level), textOf(node));
      return;
    }
    if (name === "br") return open.add(" ", node.sourceCodeLocation?.startOffset ?? 0);
    const isInline = INLINE.has(name);
    if (!isInline) close();
    const outer = kind;
    kind = KINDS[name] ?? kind;
    const at = node.sourceCodeLocation?.startOffset ?? 0;
    if (name === "code") open.add("`", at);
    if (name === "a") links += 1;
    for (const child of node.childNodes) visit(child);
    if (name === "a") links -= 1;
    if (name === "code") open.add("`", at);
    if (!isInline) close();
    kind = outer;
  }

  visit(parse(raw, { sourceCodeLocationInfo: true }));
  close();
  return blocks;
}

const HEADING = /^h([1-6])$/u;
const KINDS: Readonly<Record<string, Block["kind"]>> = { li: "item", dd: "item", td: "cell", th: "cell" };
const SKIPPED = new Set(
  "head script style nav header footer aside pre form button select textarea svg math template noscript iframe object canvas figure sup".split(
    " ",
  ),
);
const INLINE = new Set(
  "a abbr b bdi bdo cite code data del dfn em font i ins kbd label mark q s samp small span strong sub sup time tt u var wbr".split(
    " ",
  ),
);

function isText(node: Node): node is DefaultTreeAdapterMap["textNode"] {
  return node.nodeName === "#text";
}

function isHidden(node: Node): boolean {
  if (!("attrs" in node)) return false;
  return node.attrs.some(
    ({ name, value }) =>
      name === "hidden" || (name === "aria-hidden" && value === "true") || (name === "role" && value === "navigation"),
  );
}

function textOf(node: Node): string {
  if (isText(node)) return node.value;
  return "childNodes" in node ? node.childNodes.map(textOf).join("") : "";
}
