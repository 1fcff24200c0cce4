import type { YamlKind } from "../prompts/yaml-text.ts";
import { suiteInvalid } from "./suite-error.ts";

/** The YAML of suites and cases. */
export const SUITE_YAML: YamlKind = {
  name: "suite",
  longest: 4 * 1024 * 1024,
  mostBrackets: 100_000,
  refuse: (mistake) => suiteInvalid({ ...mistake, hint: "Write plain YAML: `key: value`, lists and maps." }),
};
