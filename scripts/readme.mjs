// Fills the marked places of README.md: code from the examples, output from the command itself.
// Run after `npm run build`: node scripts/readme.mjs
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { extname } from "node:path";

const QUESTION = { question: "How does Baton resume a failed run?", sources: "docs" };
const LANGUAGES = { ".ts": "ts", ".prompt": "handlebars" };

let text = readFileSync("README.md", "utf8");
text = text.replaceAll(/<!-- code: (\S+) -->[\s\S]*?<!-- \/code -->/gu, (_all, file) => {
  const code = readFileSync(file, "utf8").trimEnd();
  return `<!-- code: ${file} -->\n\`\`\`${LANGUAGES[extname(file)] ?? ""}\n${code}\n\`\`\`\n<!-- /code -->`;
});
text = text.replaceAll(/<!-- output: research -->[\s\S]*?<!-- \/output -->/gu, () => {
  const brief = execFileSync(
    process.execPath,
    ["dist/cli/bin.js", "run", "research", "--input", JSON.stringify(QUESTION)],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, OPENAI_API_KEY: "" } },
  );
  return `<!-- output: research -->\n\`\`\`markdown\n${brief.trim()}\n\`\`\`\n<!-- /output -->`;
});
writeFileSync("README.md", text);
