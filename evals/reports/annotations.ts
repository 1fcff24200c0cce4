import type { SuiteOutcome } from "../verdict.ts";

/** Workflow commands by which GitHub Actions marks a suite's file: an error for a regression, a warning for what is undecided. */
export function githubAnnotations(
  outcomes: readonly SuiteOutcome[],
  promptFileOf: (suite: string) => string | undefined,
): readonly string[] {
  return outcomes.flatMap(({ name, file, verdict, why }) => {
    if (verdict === "pass") return [];
    const place = promptFileOf(name) ?? file;
    const properties = [
      ...(place === undefined ? [] : [`file=${property(place)}`, "line=1"]),
      `title=${property(`${name}: ${verdict}`)}`,
    ];
    return [`::${verdict === "regression" ? "error" : "warning"} ${properties.join(",")}::${data(why)}`];
  });
}

function data(value: string): string {
  return value.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(value: string): string {
  return data(value).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
