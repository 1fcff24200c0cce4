import type { JsonObject } from "batonjs";

const TEA = "Fresh tea leaves hold water and rot within days. Tea that is dried keeps for years.";

/** A small input for each example that runs without anything else. */
export const INPUTS: Readonly<Record<string, JsonObject>> = {
  pipeline: { topic: "Why tea is dried", notes: TEA },
  "fan-out": { proposal: "We close the office on Fridays. It saves heating. Customers cannot call us then." },
  "writer-critic": {
    request: "Tell the landlord that the heating is broken.",
    facts: "The heating has been broken since Monday. The flat has 14 degrees.",
  },
  "map-reduce": {
    question: "What does a seat cost?",
    documents: [
      { title: "Prices", text: "A seat costs ten euros a month." },
      { title: "Contract", text: "The contract ends with the year." },
    ],
  },
  "code-review": {
    diff: [
      "diff --git a/sum.ts b/sum.ts",
      "--- a/sum.ts",
      "+++ b/sum.ts",
      "@@ -1 +1 @@",
      "-export const sum = (a: number, b: number) => a + b;",
      "+export const sum = (a: number, b: number) => a - b;",
      "diff --git a/notes.md b/notes.md",
      "--- a/notes.md",
      "+++ b/notes.md",
      "@@ -0,0 +1 @@",
      "+The sum is now right.",
      "",
    ].join("\n"),
  },
  "support-desk": { question: "My parcel of order 7 has not arrived after twelve days: please refund the 45 euros." },
  team: {
    task: "How many cups of tea does a box make?",
    facts: ["A cup of tea takes 2.5 grams.", "A box of tea holds 750 grams."],
  },
  newsletter: { subject: "Why tea is dried", notes: TEA },
};
