const ASKS = /\bwhen\b|\bhow long\b|\b(?:what|which) (?:day|date|week|month|season|year)\b/iu;
const TELLS = new RegExp(
  [
    String.raw`\b(?:yesterday|today|tonight|tomorrow|ago|last|next|since|recently|just|(?:19|20)\d\d)\b`,
    String.raw`\bthis (?:morning|week|weekend|month|year|spring|summer|fall|autumn|winter)\b`,
    String.raw`\bfor (?:a|an|one|two|three|four|five|six|ten|\d+)\b`,
    String.raw`\b(?:day|week|month|year|weekend)s?\b`,
    String.raw`\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b`,
    String.raw`\b(?:january|february|march|april|june|july|august|september|october|november|december)\b`,
  ].join("|"),
  "iu",
);

/** Whether the answer to the question is a time. English only: elsewhere the rule rests. */
export function asksForTime(query: string): boolean {
  return ASKS.test(query);
}

/** Whether the text says when something was or will be. */
export function tellsTime(text: string): boolean {
  return TELLS.test(text);
}
