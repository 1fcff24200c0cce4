import { existsSync } from "node:fs";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

import { BatonError } from "../core/errors.ts";
import type { ConfigFile } from "./config-file.ts";

/** Says in one sentence why a config file could not be loaded, with file and line where the error knows them. */
export function configLoadError(error: unknown, config: ConfigFile): BatonError {
  if (BatonError.is(error)) return located(error, config);
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const place = placeOf(error, config);
  const invalid = (sentence: string, hint: string): BatonError =>
    new BatonError("config-invalid", sentence, { hint, cause: error });
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") {
    return invalid(
      `${place}: ${message.replace(/ is not supported in strip-only mode$/u, "")} cannot be loaded.`,
      NOT_ERASABLE,
    );
  }
  if (code === "ERR_INVALID_TYPESCRIPT_SYNTAX") return invalid(`${place}: ${message}.`, "Mend the syntax error there.");
  if (code === "ERR_MODULE_NOT_FOUND") return missingModule(error, config);
  if (/Cannot use import statement outside a module|Unexpected token 'export'/u.test(message)) {
    return invalid(
      `${place} is loaded as CommonJS, but it uses \`import\` and \`export\`.`,
      'Add "type": "module" to the package.json beside it.',
    );
  }
  if (error instanceof SyntaxError)
    return invalid(`${place}: ${message.replaceAll("'", "`")}.`, "Mend the syntax error or the import there.");
  const name = error instanceof Error ? error.name : "a value that is no error";
  return invalid(
    `${place} threw ${name} while it was loaded: ${message}`,
    "Mend it there; definitions must not need a server, a file or a key to be imported.",
  );
}

const NOT_ERASABLE =
  "Node strips types and nothing else: use a union instead of an enum, a module instead of a namespace, and fields instead of parameter properties.";

/** Baton's own complaints about a definition keep their code; what they lack is the place. */
function located(error: BatonError, config: ConfigFile): BatonError {
  const place = placeOf(error, config);
  if (!/:\d+$/u.test(place)) return error;
  return new BatonError(error.code, `${error.message} (${place})`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  });
}

function missingModule(error: unknown, config: ConfigFile): BatonError {
  const message = error instanceof Error ? error.message : "";
  const importer = shown(/imported from (.+)$/u.exec(message)?.[1] ?? config.file, config);
  const invalid = (sentence: string, hint: string): BatonError =>
    new BatonError("config-invalid", sentence, { hint, cause: error });
  const packageName = /Cannot find package '([^']+)'/u.exec(message)?.[1];
  if (packageName !== undefined)
    return invalid(
      `${importer} imports the package \`${packageName}\`, which is not installed.`,
      `Install it with: npm install ${packageName}`,
    );
  const url = error instanceof Error && "url" in error && typeof error.url === "string" ? error.url : undefined;
  const target =
    url?.startsWith("file:") === true
      ? fileURLToPath(url)
      : (/Cannot find module '([^']+)'/u.exec(message)?.[1] ?? "a module");
  const ending = [".ts", ".mts", ".js", ".mjs", "/index.ts", "/index.js"].find((candidate) =>
    existsSync(`${target}${candidate}`),
  );
  const name = shown(target, config);
  if (ending !== undefined)
    return invalid(
      `${importer} imports \`${name}\` without its file ending.`,
      `Node needs the whole name: write \`${name}${ending}\`.`,
    );
  return invalid(
    `${importer} imports \`${name}\`, which does not exist.`,
    "Mend the path; relative imports need their file ending.",
  );
}

/** `agents/brief.ts:12`: the first place outside Baton and its dependencies that the stack names. */
function placeOf(error: unknown, config: ConfigFile): string {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const head = /^((?:file:\/\/)?[^\n]+?):(\d+)\n/u.exec(stack);
  const frames = [...stack.matchAll(/(file:\/\/[^\s)]+?):(\d+):\d+/gu)].map((match) => [match[1], match[2]] as const);
  const places = [...(head === null ? [] : [[head[1], head[2]] as const]), ...frames];
  const own = places.find(([file]) => file !== undefined && isOwn(toPath(file), config));
  return own?.[0] === undefined ? shown(config.file, config) : `${shown(toPath(own[0]), config)}:${own[1]}`;
}

function isOwn(path: string, { folder }: ConfigFile): boolean {
  return path.startsWith(folder + sep) && !path.includes(`${sep}node_modules${sep}`);
}

function toPath(file: string): string {
  return file.startsWith("file:") ? fileURLToPath(file) : file;
}

function shown(path: string, { folder }: ConfigFile): string {
  return path.startsWith(folder + sep) ? relative(folder, path).replaceAll(sep, "/") : path;
}
