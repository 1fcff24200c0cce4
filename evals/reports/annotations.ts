import type { PromptPlace } from "../changed-place.ts";
import type { SuiteOutcome } from "../verdict.ts";

/** Workflow commands by which GitHub Actions marks the line of a prompt that changed, else its beginning or the suite's file: an error for a regression, a warning for what is undecided. */
export function githubAnnotations(
  outcomes: readonly SuiteOutcome[],
  placeOf: (suite: string) => PromptPlace | undefined,
): readonly string[] {
  return outcomes.flatMap(({ name, file, verdict, why }) => {
    if (verdict === "pass") return [];
    const { path = file, line = 1 } = placeOf(name) ?? {};
    const properties = [
      ...(path === undefined ? [] : [`file=${property(path)}`, `line=${line}`]),
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
