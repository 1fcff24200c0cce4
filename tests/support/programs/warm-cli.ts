// Runs command lines of the built program one after another in one process: all but the first find LangGraph loaded.
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

import type { WarmCall, WarmOutcome } from "../warm-cli.ts";

const [mainFile = "", temporary = ""] = process.argv.slice(2);
const home = pathToFileURL(temporary).href;
const repository = new URL("../../../", import.meta.url).href;
const { main } = (await import(pathToFileURL(mainFile).href)) as {
  main(args: readonly string[]): Promise<number>;
};

let calls = 0;
/** Config, workflows and agents of a project are those of the call: a new process would load them anew, too. */
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    // The repository may lie among the temporary folders itself.
    const isProject = found.url.startsWith(home) && !found.url.startsWith(repository);
    return isProject && !found.url.includes("/node_modules/") ? { ...found, url: `${found.url}?call=${calls}` } : found;
  },
});

process.on("message", (call: WarmCall) => {
  void run(call).then((outcome) => process.send?.({ id: call.id, ...outcome }));
});
process.on("disconnect", () => process.exit());
process.send?.("ready");

async function run({ args, cwd, env }: WarmCall): Promise<WarmOutcome> {
  calls += 1;
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  const restore = [keepListeners(process), keepListeners(process.stdout)];
  const stdout = collect(process.stdout);
  const stderr = collect(process.stderr);
  try {
    const code = await main(args);
    return { code, stdout: stdout(), stderr: stderr() };
  } catch (error) {
    return { code: 1, stdout: stdout(), stderr: `${stderr()}${error instanceof Error ? error.stack : String(error)}` };
  } finally {
    for (const undo of restore) undo();
  }
}

/** Keeps what is written to a stream from now on; the result hands it out and puts the stream back. */
function collect(stream: NodeJS.WriteStream): () => string {
  const written: string[] = [];
  stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    written.push(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
    const done = rest.at(-1);
    if (typeof done === "function") process.nextTick(done as () => void);
    return true;
    // The overloads of `write` in one.
  }) as typeof stream.write;
  return () => {
    // What is left is the stream's own method.
    Reflect.deleteProperty(stream, "write");
    return written.join("");
  };
}

/** Removes, when asked, the listeners that came since. */
function keepListeners(emitter: NodeJS.EventEmitter): () => void {
  const before = new Map(emitter.eventNames().map((name) => [name, emitter.rawListeners(name)]));
  return () => {
    for (const name of emitter.eventNames()) {
      for (const listener of emitter.rawListeners(name)) {
        // An emitter hands its listeners out as functions of anything.
        if (before.get(name)?.includes(listener) !== true) emitter.off(name, listener as () => void);
      }
    }
  };
}
