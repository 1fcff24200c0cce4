import { join, resolve } from "node:path";

import { isProduction } from "./core/choice.ts";
import type { Embed } from "./core/embed.ts";
import type { Workflow } from "./graph/workflow.ts";
import type { Model } from "./models/model.ts";
import type { ModelPrice } from "./models/price-list.ts";
import type { PromptPlaces } from "./prompts/project.ts";
import type { EmbeddedFile, EmbeddedStore } from "./store/embedded.ts";
import type { VectorPart } from "./store/layer-choice.ts";
import type { ServerStore } from "./store/server.ts";
import type { NamedRedis } from "./store/redis/named.ts";

export interface BatonConfig {
  /** The workflows that can be started by id. */
  readonly workflows: readonly Workflow[];
  /** The model of all agents. @default `openai("gpt-5-mini")` when OPENAI_API_KEY is set, else `offline()` */
  readonly model?: Model;
  /**
   * What models cost, by their name or ref: adds to the built-in prices and replaces them.
   * @default OpenAI's list prices; a model that nobody knows the price of has an unknown cost
   */
  readonly prices?: Readonly<Record<string, ModelPrice>>;
  /** Where runs lie. @default PostgreSQL when DATABASE_URL is set, else `sqlite()` */
  readonly store?: EmbeddedStore | ServerStore;
  /** Where the session layer lies. @default Redis when REDIS_URL is set, else `sqlite()` */
  readonly session?: EmbeddedFile | NamedRedis;
  /** Where the vector layer lies. @default Pinecone when PINECONE_API_KEY is set, else the database of the store or its file */
  readonly vector?: VectorPart;
  /** Makes vectors of what is remembered, so that it is found by its meaning too. @default by words alone; with Pinecone `openaiEmbed()` */
  readonly embed?: Embed;
  /** Folder or folders of `.prompt` files, relative to the config file. @default "prompts" */
  readonly prompts?: string | readonly string[];
  /**
   * The file that `baton prompts bundle` wrote, relative to the config file. Where it exists, prompts come from it and from no folder.
   * @default "prompts.bundle.json"
   */
  readonly promptBundle?: string;
  /**
   * Takes prompts from the folders as they lie there also with NODE_ENV=production, where they come from a bundle or a Git commit otherwise.
   * @default false
   */
  readonly allowPromptFolder?: boolean;
  /** How long a process that went silent keeps its runs, in milliseconds; a lease is extended four times as often. @default 10000 */
  readonly leaseMs?: number;
  /** How long one node may take whose workflow says nothing, in milliseconds. @default 600000 */
  readonly nodeTimeoutMs?: number;
}

/** Types a `baton.config.ts`; returns it unchanged. */
export function defineConfig(config: BatonConfig): BatonConfig {
  return config;
}

/** The model of a config that names none, when a key is at hand. */
export const DEFAULT_OPENAI_MODEL = "gpt-5-mini";
const DEFAULT_PROMPTS = "prompts";
/** Where `baton prompts bundle` writes, and where a project looks for its bundle. */
export const BUNDLE_FILE = "prompts.bundle.json";

/** The prompt folders of a config as absolute paths. */
export function promptRoots(config: BatonConfig, folder: string): readonly string[] {
  const named = config.prompts ?? DEFAULT_PROMPTS;
  return (typeof named === "string" ? [named] : named).map((root) => resolve(folder, root));
}

/** Where the prompts of a config may come from. */
export function promptPlaces(config: BatonConfig, folder: string, env: NodeJS.ProcessEnv): PromptPlaces {
  return {
    folder,
    roots: promptRoots(config, folder),
    bundle: resolve(folder, config.promptBundle ?? BUNDLE_FILE),
    bundleIsNamed: config.promptBundle !== undefined,
    production: isProduction(env),
    allowFolder: config.allowPromptFolder === true,
  };
}

/** The folder that holds everything Baton writes for a project. */
export function batonFolder(folder: string): string {
  return join(folder, ".baton");
}
