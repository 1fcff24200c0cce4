import { defineConfig } from "batonjs";

import { research } from "./examples/research/research.ts";

export default defineConfig({ workflows: [research], prompts: "./examples/research/prompts" });
