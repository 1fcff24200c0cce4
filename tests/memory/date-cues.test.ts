import { expect, test } from "vitest";

import { dateCues, dateFit } from "../../memory/date-cues.ts";

test.each([
  ["What happened on 7 May 2023?", [{ month: 4, day: 7, year: 2023 }]],
  ["the 7th of May", [{ month: 4, day: 7 }]],
  ["on May 7th, 2023", [{ month: 4, day: 7, year: 2023 }]],
  ["in June 2022 or in JULY", [{ month: 5, year: 2022 }, { month: 6 }]],
  ["in may", [{ month: 4 }]],
  ["What may it be?", []],
  ["the marching band of 2023", []],
  ["", []],
])("the dates of %j are found", (query, cues) => {
  expect(dateCues(query)).toEqual(cues);
});

const at = (day: string): number => Date.parse(`${day}T15:00:00Z`);

test.each([
  ["the day itself", "7 May 2023", "2023-05-07", 1],
  ["the day before", "7 May 2023", "2023-05-06", 1],
  ["a week later", "7 May 2023", "2023-05-14", 1 - 7 / 21],
  ["more than two weeks later", "7 May 2023", "2023-05-22", 0],
  ["the same day of another year", "7 May 2022", "2023-05-07", 0],
  ["a day without a year", "7 May", "2021-05-07", 1],
  ["the month", "in May 2023", "2023-05-30", 1],
  ["the first days of the next month", "in May 2023", "2023-06-09", 0.4],
  ["the next month later on", "in May 2023", "2023-06-11", 0],
  ["January after December", "in December", "2024-01-03", 0.4],
  ["January before December", "in December 2024", "2024-01-03", 0],
])("fits %s", (...[, query, day, fit]) => {
  expect(dateFit(dateCues(query), at(day))).toBeCloseTo(fit, 5);
});
