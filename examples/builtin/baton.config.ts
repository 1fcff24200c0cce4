import { defineConfig, openai } from "batonjs";

/** The prompts that come with Baton, as files of this repository: their suites run from recordings, without a key. */
export default defineConfig({ workflows: [], model: openai("gpt-5-mini"), prompts: "../../prompts/builtin" });
