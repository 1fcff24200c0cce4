import type { PhrasingContent, Table, TableCell } from "mdast";
import { toString as plainText } from "mdast-util-to-string";

import { type Block, type BlockText, blockText } from "./block.ts";
import { isWholeSentence, sentencesOf } from "./sentences.ts";

const LONGEST_NAME = 30;
const LONGEST_ROW = 300;
const FEWEST_WORDS = 4;

interface Reading {
  /** Appends the content of a cell with the places of its characters. */
  readonly addCell: (children: readonly PhrasingContent[], text: BlockText) => void;
  readonly place: Pick<Block, "headings" | "section">;
}

/**
 * The rows of a table of two columns whose cells are no sentences of their own, each as a reader says it: the row `| 2 | waits for a person |` under
 * `| Exit code | Means |` is "Exit code 2: waits for a person". Its quote is what stands between the outer bars. Rows of more columns are figures and
 * comparisons, which say little without the rest of their table.
 */
export function tableRows({ children: [head, ...rows] }: Table, { addCell, place }: Reading): readonly Block[] {
  const name = plainText(head?.children[0] ?? EMPTY).trim();
  return rows.flatMap(({ children: [key, value, ...more] }) => {
    if (key === undefined || value === undefined || more.length > 0 || isSentence(key) || isSentence(value)) return [];
    const text = blockText();
    const from = startOf(key);
    text.quotable({ from, to: value.children.at(-1)?.position?.end.offset ?? from });
    if (name !== "" && name.length <= LONGEST_NAME) addWords(text, `${capital(name)} `, from);
    addCell(key.children, text);
    addWords(text, ": ", startOf(value));
    addCell(value.children, text);
    const block = text.finish({ ...place, kind: "row" });
    return isWorthReading(block.text) && plainText(key).trim() !== "" ? [block] : [];
  });
}

const EMPTY: TableCell = { type: "tableCell", children: [] };

function startOf(cell: TableCell): number {
  return cell.children[0]?.position?.start.offset ?? 0;
}

function isSentence(cell: TableCell): boolean {
  const text = plainText(cell);
  return sentencesOf(text).some(({ from, to }) => isWholeSentence(text.slice(from, to), "cell"));
}

/** Words that do not stand in the row itself. */
function addWords(text: BlockText, words: string, offset: number): void {
  for (const char of words) text.add(char, offset);
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** A row of figures, ticks or code says nothing. */
function isWorthReading(text: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const prose = text.replace(/`[^`]*`/gu, "");
  const words = prose.match(/\p{L}{2,}/gu)?.length ?? 0;
  return text.length <= LONGEST_ROW && letters >= text.length / 2 && words >= FEWEST_WORDS;
}
