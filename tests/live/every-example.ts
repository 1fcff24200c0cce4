// The examples on a real endpoint. It costs money there: some cents on a small model.
// OPENAI_API_KEY=… npm run test:live [-- support-desk research …]
import { runExamples } from "./run-examples.ts";

process.exitCode = await runExamples({
  env: process.env,
  only: process.argv.slice(2),
  print: (line) => console.log(line),
});
