import { defineConfig } from "batonjs";

import { research } from "./examples/research/research.ts";
import { steps } from "./examples/steps/steps.ts";

export default defineConfig({ workflows: [research, steps], prompts: "./examples/research/prompts" });
