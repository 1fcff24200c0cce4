import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { type Baton, type BatonConfig, createBaton, type Model, type postgres, type Workflow } from "batonjs";
import { onTestFinished } from "vitest";

type ServerStore = ReturnType<typeof postgres>;

export interface TestBaton {
  readonly workflows: readonly Workflow[];
  readonly model: Model;
  /** Prompt files by name without ending. */
  readonly prompts?: Readonly<Record<string, string>>;
  /** @default a new temporary folder */
  readonly folder?: string;
  /** Where the runs lie. @default the file in the folder */
  readonly store?: ServerStore;
  readonly prices?: BatonConfig["prices"];
  /** @default ten seconds */
  readonly leaseMs?: number;
}

/** A new folder that nothing else uses; removed when the test ends. */
export async function temporaryFolder(name = "test"): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `baton-${name}-`));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Opens a Baton in a temporary folder, closed when the test ends. */
export async function openBaton(options: TestBaton): Promise<Baton> {
  const folder = options.folder ?? (await temporaryFolder());
  await mkdir(join(folder, "prompts"), { recursive: true });
  for (const [name, text] of Object.entries(options.prompts ?? {})) {
    const file = join(folder, "prompts", `${name}.prompt`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const { workflows, model, store, leaseMs, prices } = options;
  const baton = await createBaton(
    {
      workflows,
      model,
      ...(store === undefined ? {} : { store }),
      ...(leaseMs === undefined ? {} : { leaseMs }),
      ...(prices === undefined ? {} : { prices }),
    },
    { folder, env: {} },
  );
  onTestFinished(() => baton.close());
  return baton;
}
