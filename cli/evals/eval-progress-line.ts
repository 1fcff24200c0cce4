import { oneLine } from "../plain-text.ts";

/** How far an eval run has come. */
export interface EvalState {
  readonly done: number;
  readonly total: number;
  readonly below: number;
  readonly errors: number;
  readonly tokens: number;
  /** What was finished last; undefined before the first. */
  readonly place: string | undefined;
}

/** On a narrow terminal the facts are worth more than a long bar. */
const BAR = { wide: 20, narrow: 8, from: 60 } as const;
/** A place that is cut shorter than this names nothing. */
const LEAST_PLACE = 10;

/** One line of at most `columns` characters: the last of what does not fit is left out. */
export function progressLine({ done, total, below, errors, tokens, place }: EvalState, columns: number): string {
  const facts = [
    ...(errors === 0 ? [] : [`${errors} ${errors === 1 ? "error" : "errors"}`]),
    `${below} below 1`,
    `${tokens} tokens`,
  ];
  const bar = barOf(done, total, columns < BAR.from ? BAR.narrow : BAR.wide);
  let line = `${bar} ${done} of ${total}`;
  for (const fact of facts) {
    const longer = `${line} · ${fact}`;
    if (longer.length > columns) return line.slice(0, columns);
    line = longer;
  }
  const room = columns - line.length - " · ".length;
  return place === undefined || room < LEAST_PLACE ? line : `${line} · ${oneLine(place, room)}`;
}

function barOf(done: number, total: number, width: number): string {
  const full = total === 0 ? width : Math.round((done * width) / total);
  return `${"█".repeat(full)}${"░".repeat(width - full)}`;
}
