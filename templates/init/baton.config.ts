import { defineConfig } from "batonjs";

import { hello } from "./agents/hello.ts";

// With OPENAI_API_KEY set the agents ask a language model; without it they use Baton's offline model, which only picks sentences.
export default defineConfig({ workflows: [hello] });
