import { defineConfig } from "batonjs";

import { codeReview } from "./examples/code-review/code-review.ts";
import { fanOut } from "./examples/fan-out/fan-out.ts";
import { mapReduce } from "./examples/map-reduce/map-reduce.ts";
import { newsletter } from "./examples/nested/nested.ts";
import { pipeline } from "./examples/pipeline/pipeline.ts";
import { research } from "./examples/research/research.ts";
import { steps } from "./examples/steps/steps.ts";
import { team } from "./examples/supervisor/supervisor.ts";
import { supportDesk } from "./examples/support-desk/support-desk.ts";
import { writerCritic } from "./examples/writer-critic/writer-critic.ts";

export default defineConfig({
  workflows: [research, steps, pipeline, fanOut, writerCritic, mapReduce, codeReview, supportDesk, team, newsletter],
  prompts: [
    "./examples/research/prompts",
    "./examples/pipeline/prompts",
    "./examples/fan-out/prompts",
    "./examples/writer-critic/prompts",
    "./examples/map-reduce/prompts",
    "./examples/code-review/prompts",
    "./examples/support-desk/prompts",
    "./examples/supervisor/prompts",
    "./examples/nested/prompts",
  ],
});
