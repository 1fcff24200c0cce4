// Runs the cases of the dotprompt format's own specification, which is not part of this repository, through our loader:
//   git clone https://github.com/google/dotprompt && npm run test:spec -- --spec dotprompt/spec
// A case is the same, refused with a typed error, apart for a reason given below, or different; only the last is a failure.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";

import { parse, stringify } from "yaml";

import { BatonError } from "../core/errors.ts";
import { inspectEntry } from "../prompts/checked-prompt.ts";

/** Cases in which we answer otherwise on purpose. */
const APART = new Map([
  ["system_only_prompt", "earlier messages come from memory as `{{recalled}}`, not as a second kind of input"],
  [
    "simple_json_schema_type",
    "`{ type: string }` is a field called `type`; a JSON schema has `type: object` or `properties`",
  ],
]);

const { values } = parseArgs({ options: { spec: { type: "string" }, json: { type: "boolean" } } });
if (values.spec === undefined) {
  process.stderr.write("Name the folder of the specification: npm run test:spec -- --spec <path>\n");
  process.exit(64);
}
const folder = resolve(values.spec);
const files = readdirSync(folder, { recursive: true }).filter((file) => /\.ya?ml$/u.test(file));
const results = files.toSorted().flatMap((file) => runFile(join(folder, file)));
if (results.length === 0) {
  process.stderr.write(`There is no case in ${folder}\n`);
  process.exit(64);
}
report();

function runFile(path) {
  const suites = parse(readFileSync(path, "utf8"));
  return suites.flatMap((suite) =>
    suite.tests.map((test) => ({
      file: relative(folder, path),
      case: `${suite.name}: ${test.desc ?? ""}`,
      ...runCase(suite, test),
    })),
  );
}

function runCase(suite, test) {
  try {
    const found = actual(suite, test);
    const wrong = differences(test.expect, found);
    if (wrong.length === 0) return { outcome: "same" };
    const reason = APART.get(suite.name);
    return reason === undefined ? { outcome: "different", why: wrong.join("; ") } : { outcome: "apart", why: reason };
  } catch (error) {
    if (!BatonError.is(error)) throw error;
    return { outcome: "refused", why: reasonOf(error.message) };
  }
}

function actual(suite, test) {
  const input = { ...suite.data?.input, ...test.data?.input };
  const partials = { ...suite.partials, ...suite.resolverPartials };
  const schemas = { ...suite.schemas, ...suite.resolverSchemas };
  const texts = new Map([
    ["spec.prompt", withDeclaredInput(suite.template, { ...test.options?.input?.default, ...input }, test)],
    ...Object.entries(partials).map(([name, text]) => [`_${name}.prompt`, text]),
    ...Object.entries(schemas).map(([name, schema]) => [`schemas/${name}.json`, JSON.stringify(schema)]),
  ]);
  const { prompt, problems } = inspectEntry({
    name: "spec",
    path: "spec.prompt",
    files: { read: (path) => texts.get(path), show: (path) => path },
  });
  if (problems.length > 0) throw problems[0];
  const asks = test.expect.messages ?? [];
  return { output: prompt.output, messages: asks.length === 0 ? [] : prompt.render(input).messages };
}

/** The specification declares no variables where it tests templates; ours must, so each case declares what it gives. */
function withDeclaredInput(template, given, test) {
  const text = template.startsWith("---") ? template : `---\n---\n${template}`;
  const [, head = "", ...rest] = text.split(/^---\s*$/mu);
  const settings = parse(head) ?? {};
  const isDeclared = settings.input?.schema !== undefined || settings.model?.startsWith?.("-");
  if (isDeclared || Object.keys(given).length === 0) return text;
  const defaults = { ...test.options?.input?.default, ...settings.input?.default };
  const schema = { type: "object", properties: Object.fromEntries(Object.keys(given).map((name) => [name, {}])) };
  return `---\n${stringify({ ...settings, input: { schema, default: defaults } })}---${rest.join("---")}`;
}

function differences(expected, found) {
  const schema = expected.output?.schema;
  const wrong = [];
  if (schema !== undefined && !isDeepStrictEqual(plain(schema), plain(found.output ?? null)))
    wrong.push(`output schema ${JSON.stringify(found.output)} instead of ${JSON.stringify(schema)}`);
  const messages = (expected.messages ?? []).map(({ role, content }) => ({
    role: role === "model" ? "assistant" : role,
    content: content
      .map(({ text }) => text ?? "")
      .join("")
      .trim(),
  }));
  const ours = found.messages.map(({ role, content }) => ({ role, content: content.trim() }));
  if (!isDeepStrictEqual(messages, ours))
    wrong.push(`messages ${JSON.stringify(ours)} instead of ${JSON.stringify(messages)}`);
  return wrong;
}

/** Key order, the order of `required` and an empty `required` mean nothing in a schema. */
function plain(value) {
  if (Array.isArray(value))
    return value.map(plain).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([key, inside]) => key !== "required" || inside.length > 0);
  return Object.fromEntries(members.map(([key, inside]) => [key, plain(inside)]));
}

/** The sentence without its names and places, so that refusals of one kind count together. */
function reasonOf(message) {
  return message.replace(/ \([^()]*:\d+(?::\d+)?\)$/u, "").replace(/^Prompt `spec` /u, "");
}

function report() {
  const count = (outcome) => results.filter((result) => result.outcome === outcome).length;
  const figures = {
    cases: results.length,
    same: count("same"),
    refused: count("refused"),
    apart: count("apart"),
    different: count("different"),
  };
  if (values.json) process.stdout.write(`${JSON.stringify({ figures, results }, undefined, 2)}\n`);
  else {
    for (const file of new Set(results.map((result) => result.file))) {
      const own = results.filter((result) => result.file === file);
      const same = own.filter(({ outcome }) => outcome === "same").length;
      process.stdout.write(
        `${file.padEnd(28)} ${String(same).padStart(3)} of ${String(own.length).padStart(3)} the same\n`,
      );
      for (const result of own.filter(({ outcome }) => outcome !== "same"))
        process.stdout.write(`    ${result.outcome}: ${result.case}\n        ${result.why}\n`);
    }
    process.stdout.write(
      `${figures.cases} cases: ${figures.same} the same, ${figures.refused} refused, ${figures.apart} apart on purpose, ${figures.different} different\n`,
    );
  }
  process.exitCode = figures.different > 0 ? 1 : 0;
}
