/** A grid of characters on which lines join where they meet. */
export interface LineCanvas {
  /** Draws a straight line between two points of one row or one column. */
  line(from: Point, to: Point, dashed: boolean): void;
  /** Writes text over whatever is there. */
  text(at: Point, text: string): void;
  print(): string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

interface Cell {
  readonly ends: number;
  readonly dashed: boolean;
}

const UP = 1;
const DOWN = 2;
const LEFT = 4;
const RIGHT = 8;
/** Box characters by the sides on which a line leaves the cell. */
const SOLID: Readonly<Record<number, string>> = {
  1: "│", 2: "│", 3: "│", 4: "─", 5: "╯", 6: "╮", 7: "┤", 8: "─", 9: "╰", 10: "╭", 11: "├", 12: "─", 13: "┴", 14: "┬", 15: "┼",
}; // prettier-ignore
const DASHED: Readonly<Record<number, string>> = { ...SOLID, 1: "┆", 2: "┆", 3: "┆", 4: "┄", 8: "┄", 12: "┄" };

/** An empty canvas; it grows with what is drawn. */
export function createLineCanvas(): LineCanvas {
  const rows: (Cell | string)[][] = [];

  function row(y: number): (Cell | string)[] {
    while (rows.length <= y) rows.push([]);
    return rows[y] ?? [];
  }

  function join(at: Point, ends: number, dashed: boolean): void {
    const cells = row(at.y);
    const known = cells[at.x];
    if (typeof known === "string") return;
    cells[at.x] = { ends: (known?.ends ?? 0) | ends, dashed: dashed && (known?.dashed ?? true) };
  }

  return {
    line(from, to, dashed) {
      const [dx, dy] = [Math.sign(to.x - from.x), Math.sign(to.y - from.y)];
      const ahead = side(dx, dy);
      const back = side(-dx, -dy);
      const length = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y));
      for (let index = 0; index <= length; index += 1) {
        const ends = (index === 0 ? 0 : back) | (index === length ? 0 : ahead);
        join({ x: from.x + dx * index, y: from.y + dy * index }, ends, dashed);
      }
    },
    text(at, text) {
      const cells = row(at.y);
      [...text].forEach((character, index) => {
        cells[at.x + index] = character;
      });
    },
    print: () => rows.map((cells) => Array.from(cells, glyph).join("").trimEnd()).join("\n"),
  };
}

function side(dx: number, dy: number): number {
  if (dx !== 0) return dx > 0 ? RIGHT : LEFT;
  return dy > 0 ? DOWN : UP;
}

function glyph(cell: Cell | string | undefined): string {
  if (typeof cell === "string") return cell;
  if (cell === undefined) return " ";
  return (cell.dashed ? DASHED : SOLID)[cell.ends] ?? " ";
}
