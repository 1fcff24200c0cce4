/** One column: rows are cut to fit by dropping columns, the highest `drop` first. */
export interface Column<Row> {
  readonly title: string;
  readonly align?: "right";
  /** Columns without a number always stay. */
  readonly drop?: number;
  text(row: Row): string;
  /** Colours the padded cell. */
  paint?(cell: string, row: Row): string;
}

const GAP = "  ";

/** Lays rows out in columns that fit into `width` characters. */
export function printTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number): string {
  const shown = fitting(rows, columns, width);
  const widths = shown.map((column) => widthOf(rows, column));
  const line = (cells: readonly string[]): string => cells.join(GAP).trimEnd();
  const head = line(shown.map((column, index) => pad(column.title, widths[index] ?? 0, column)));
  const body = rows.map((row) =>
    line(
      shown.map((column, index) => {
        const cell = pad(column.text(row), widths[index] ?? 0, column);
        return column.paint === undefined ? cell : column.paint(cell, row);
      }),
    ),
  );
  return [head, ...body].join("\n");
}

function fitting<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number): readonly Column<Row>[] {
  const total = columns.reduce((sum, column) => sum + widthOf(rows, column) + GAP.length, -GAP.length);
  if (total <= width) return columns;
  const next = columns
    .filter((column) => column.drop !== undefined)
    .toSorted((one, other) => (other.drop ?? 0) - (one.drop ?? 0))[0];
  return next === undefined
    ? columns
    : fitting(
        rows,
        columns.filter((column) => column !== next),
        width,
      );
}

function widthOf<Row>(rows: readonly Row[], column: Column<Row>): number {
  return Math.max(column.title.length, ...rows.map((row) => column.text(row).length));
}

function pad<Row>(text: string, width: number, column: Column<Row>): string {
  return column.align === "right" ? text.padStart(width) : text.padEnd(width);
}
