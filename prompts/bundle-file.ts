/** Where `baton prompts bundle` writes, and where a project looks for its bundle. */
export const BUNDLE_FILE = "prompts.bundle.json";
