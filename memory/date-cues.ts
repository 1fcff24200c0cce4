/** A date named in a query: a month, with a day and a year where they are said. */
interface DateCue {
  /** 0 for January. */
  readonly month: number;
  readonly day?: number;
  readonly year?: number;
}

const MONTHS = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];
const DAY = String.raw`(\d{1,2})(?:st|nd|rd|th)?`;
const DATE = new RegExp(
  String.raw`(in\s+)?(?:\b${DAY}\s+(?:of\s+)?)?\b(${MONTHS.join("|")})\b(?:\s+${DAY}\b)?(?:,?\s+(\d{4})\b)?`,
  "giu",
);

/** The dates that a query names. A bare "may" is a verb unless it has a day or a year or reads "in may". */
export function dateCues(query: string): DateCue[] {
  return [...query.matchAll(DATE)].flatMap(([, preposition, before, name = "", after, year]) => {
    const day = Number(before ?? after ?? 0);
    const month = MONTHS.indexOf(name.toLowerCase());
    if (name.toLowerCase() === "may" && day === 0 && year === undefined && preposition === undefined) return [];
    return [
      {
        month,
        ...(day >= 1 && day <= 31 ? { day } : {}),
        ...(year === undefined ? {} : { year: Number(year) }),
      },
    ];
  });
}

const DAY_MS = 86_400_000;

/** How well a time fits the best of the dates, from 0 to 1. What is told of a day is mostly told within the two weeks after it. */
export function dateFit(cues: readonly DateCue[], time: number): number {
  return Math.max(0, ...cues.map((cue) => fit(cue, time)));
}

function fit(cue: DateCue, time: number): number {
  const said = new Date(time);
  if (cue.day !== undefined) {
    const day = Date.UTC(cue.year ?? said.getUTCFullYear(), cue.month, cue.day);
    const days = Math.floor(time / DAY_MS) - day / DAY_MS;
    return days >= -1 && days <= 14 ? 1 - Math.max(0, days) / 21 : 0;
  }
  const months = (said.getUTCFullYear() - (cue.year ?? said.getUTCFullYear())) * 12 + said.getUTCMonth() - cue.month;
  if (months === 0) return 1;
  // Without a year, January follows every December.
  const isNext = months === 1 || (cue.year === undefined && months === -11);
  return isNext && said.getUTCDate() <= 10 ? 0.4 : 0;
}
