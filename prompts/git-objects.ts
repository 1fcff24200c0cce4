import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

import { BatonError } from "../core/errors.ts";
import { gitCommand } from "./git.ts";

/** Reads objects of one repository through one `git cat-file --batch` child. */
export interface GitObjects extends Disposable {
  /** The bytes of an object by its full id; undefined when the repository does not have it. Rejects when Git ends or does not answer. */
  read(id: string): Promise<Buffer | undefined>;
}

const SILENCE_MS = 10_000;
const LONGEST_HEADER = 200;
/** The id with `missing`, or with type and size. */
const HEADER = /^([0-9a-f]{40,64}) (?:missing|[a-z]+ (\d{1,12}))$/u;

interface Waiting {
  readonly id: string;
  resolve(bytes: Buffer | undefined): void;
  reject(error: BatonError): void;
}

/** Starts the child for the repository of a folder; it ends with `[Symbol.dispose]()`. */
export function openGitObjects(folder: string): GitObjects {
  const { file, args, env } = gitCommand(folder, ["cat-file", "--batch"]);
  const child = spawn(file, args, { env, stdio: ["pipe", "pipe", "ignore"], windowsHide: true });
  const reader = new BatchReader(child);
  return { read: (id) => reader.read(id), [Symbol.dispose]: () => reader.close() };
}

class BatchReader {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  /** Versions of a folder share most of their files. */
  readonly #read = new Map<string, Promise<Buffer | undefined>>();
  readonly #waiting: Waiting[] = [];
  #received: Buffer[] = [];
  #length = 0;
  /** Bytes that the answer needs which is being received; undefined while its header is. */
  #needed: number | undefined;
  #failure: BatonError | undefined;
  #silence: NodeJS.Timeout | undefined;

  constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    child.on("error", (error) => this.#fail("could not be started", error));
    child.on("close", () => this.#fail("ended"));
    // A child that has ended shows it here before `close`.
    child.stdin.on("error", (error) => this.#fail("ended", error));
    child.stdout.on("data", (bytes: Buffer) => this.#receive(bytes));
  }

  read(id: string): Promise<Buffer | undefined> {
    const known = this.#read.get(id) ?? this.#ask(id);
    this.#read.set(id, known);
    return known;
  }

  #ask(id: string): Promise<Buffer | undefined> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    // One line is one question: anything but an id could ask for more.
    if (!/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/u.test(id)) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, resolve, reject });
      this.#child.stdin.write(`${id}\n`);
      this.#listen();
    });
  }

  close(): void {
    this.#fail("was closed");
  }

  #receive(bytes: Buffer): void {
    this.#received.push(bytes);
    this.#length += bytes.length;
    while (this.#waiting.length > 0 && this.#answerNext());
    this.#listen();
  }

  /** Takes one answer out of what was received; false when it is not complete. */
  #answerNext(): boolean {
    if (this.#needed !== undefined && this.#length < this.#needed) return false;
    const all = this.#received.length === 1 ? (this.#received[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#received);
    const end = all.indexOf(10);
    const header = end === -1 ? undefined : HEADER.exec(all.toString("latin1", 0, Math.min(end, LONGEST_HEADER)));
    this.#received = [all];
    if (header === undefined && all.length <= LONGEST_HEADER) return false;
    if (header === undefined || header === null) {
      this.#fail("gave an answer that is none");
      return false;
    }
    const [, id, size] = header;
    const isMissing = size === undefined;
    const total = isMissing ? end + 1 : end + 1 + Number(size) + 1;
    if (all.length < total) {
      this.#needed = total;
      return false;
    }
    this.#needed = undefined;
    this.#received = all.length === total ? [] : [all.subarray(total)];
    this.#length = all.length - total;
    const next = this.#waiting.shift();
    if (next !== undefined && next.id === id)
      next.resolve(isMissing ? undefined : Buffer.from(all.subarray(end + 1, total - 1)));
    else this.#fail("answered another question", undefined, next);
    return true;
  }

  /** While an answer is awaited, the child must not stay silent. */
  #listen(): void {
    clearTimeout(this.#silence);
    if (this.#waiting.length > 0) this.#silence = setTimeout(() => this.#fail("does not answer"), SILENCE_MS);
  }

  #fail(what: string, cause?: unknown, also?: Waiting): void {
    clearTimeout(this.#silence);
    this.#failure ??= new BatonError("prompt-ref-unknown", `Older prompts cannot be read: \`git cat-file\` ${what}.`, {
      hint: "Try the command again; `git fsck` says whether the repository is whole.",
      ...(cause === undefined ? {} : { cause }),
    });
    for (const waiting of [...(also === undefined ? [] : [also]), ...this.#waiting.splice(0)])
      waiting.reject(this.#failure);
    this.#child.kill();
  }
}
