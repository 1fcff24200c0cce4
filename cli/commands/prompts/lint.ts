import { BatonError, serializeError } from "../../../core/errors.ts";
import { lintPrompts, type LintProblem } from "../../../prompts/lint.ts";
import { printPlace } from "../../../prompts/prompt-error.ts";
import { watchFolders } from "../../../prompts/watch.ts";
import { counted } from "../../counted.ts";
import { INTERRUPTED, interruptSignal } from "../../interrupt-signal.ts";
import { openPrompts, type PromptFlags, withRoot } from "../../open-prompts.ts";
import type { Output } from "../../output.ts";
import { plainText } from "../../plain-text.ts";
import { printError } from "../../report-error.ts";
import type { Configure } from "../../session.ts";

interface LintFlags extends PromptFlags {
  readonly strict: boolean;
  readonly watch: boolean;
}

export const configure: Configure = (command, session) => {
  withRoot(command)
    .option("--strict", "let warnings fail too", false)
    .option("--watch", "lint again whenever a prompt changes, until Ctrl-C", false)
    .option("--json", "print one JSON document on stdout")
    .addHelpText(
      "after",
      "\nExit code: 1 when there are errors.\n\nExample:\n  $ baton prompts lint --root prompts --strict",
    )
    .action(async (flags: LintFlags) => {
      session.exitCode = flags.watch ? await lintAgain(flags, session.output) : await lint(flags, session.output);
    });
};

async function lint(flags: LintFlags, output: Output): Promise<number> {
  const { library, uses } = await openPrompts(flags);
  const problems = await lintPrompts(library, uses);
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  const isRight = errors === 0 && !(flags.strict && warnings > 0);
  if (output.json) output.document({ ok: isRight, errors, warnings, problems: problems.map(toJson) });
  else {
    for (const problem of problems) output.result(print(problem, output));
    output.result(summary({ prompts: library.names().length, errors, warnings }, output));
  }
  return isRight ? 0 : 1;
}

/** Lints after each change. The config is read once: Node keeps a module that it has loaded. */
async function lintAgain(flags: LintFlags, output: Output): Promise<number> {
  const { roots } = await openPrompts(flags);
  using interrupt = interruptSignal({ onStop() {} });
  let isFirst = true;
  await watchFolders(
    roots,
    async () => {
      try {
        await lint(flags, output);
      } catch (error) {
        // Half of a change, such as two files with one name: the next one mends it.
        if (!BatonError.is(error)) throw error;
        printError(serializeError(error), output);
      }
      if (isFirst) output.note("Watching. Stop with Ctrl-C.");
      isFirst = false;
    },
    interrupt.signal,
  );
  return INTERRUPTED;
}

function toJson({ severity, rule, prompt, message, place, hint }: LintProblem): object {
  return {
    severity,
    rule,
    prompt: prompt ?? null,
    file: place?.path ?? null,
    line: place?.line ?? null,
    column: place?.column ?? null,
    message,
    hint: hint ?? null,
  };
}

function print({ severity, rule, message, place, hint }: LintProblem, { paint }: Output): string {
  const where = place === undefined ? "" : `${paint.out("bold", plainText(printPlace(place)))} `;
  const kind = paint.out(severity === "error" ? "red" : "yellow", severity);
  const advice = hint === undefined ? "" : `\n  ${plainText(hint)}`;
  return `${where}${kind} ${plainText(message)} ${paint.out("dim", `(${rule})`)}${advice}`;
}

interface Totals {
  readonly prompts: number;
  readonly errors: number;
  readonly warnings: number;
}

function summary({ prompts, errors, warnings }: Totals, { paint }: Output): string {
  const checked = counted(prompts, "prompt");
  if (errors + warnings === 0) return paint.out("green", `${checked}, no problems`);
  return paint.out(
    errors > 0 ? "red" : "yellow",
    `${checked}, ${counted(errors, "error")}, ${counted(warnings, "warning")}`,
  );
}
