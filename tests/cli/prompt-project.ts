import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { copyTemplate } from "../support/folder-template.ts";
import { makeProject, type Project } from "./project.ts";

export const CONFIG = `import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, defineConfig, workflow } from "batonjs";
import { z } from "zod";

const Note = new StateSchema({ topic: z.string(), tone: z.enum(["dry", "warm"]), text: z.string().default("") });
const writer = agent(Note, { prompt: "note/write", reads: ["topic", "tone"], writes: ["text"] });
const graph = new StateGraph(Note).addNode("writer", writer).addEdge(START, "writer").addEdge("writer", END);
export default defineConfig({ workflows: [workflow({ id: "note", graph })] });
`;

export const WRITE = `---
description: Writes a note.
input:
  schema:
    topic: string, what it is about
    tone(enum): [dry, warm]
---
{{role "system"}}
Write a {{tone}} note.
{{> style}}
{{role "user"}}
{{topic}}
`;

/** A project whose one agent uses the prompt `note/write` with a partial; committed, tagged `v1`. */
export async function makePromptProject(files: Readonly<Record<string, string>> = {}): Promise<Project> {
  const project = await makeProject();
  const all = {
    "package.json": '{"type":"module"}',
    "baton.config.ts": CONFIG,
    "prompts/note/write.prompt": WRITE,
    "prompts/_style.prompt": "Use short words.\n",
    ".gitignore": "node_modules\n.baton\n",
    ...files,
  };
  copyTemplate(`project ${JSON.stringify(all)}`, project.folder, (template) => {
    for (const [file, content] of Object.entries(all)) {
      mkdirSync(dirname(join(template, file)), { recursive: true });
      writeFileSync(join(template, file), content);
    }
    git({ folder: template }, "init", "-q", "--template=");
    commit({ folder: template }, "Write notes");
    git({ folder: template }, "tag", "v1");
  });
  return project;
}

/** Commits everything in the project's folder. */
export function commit(project: Pick<Project, "folder">, title: string): void {
  git(project, "add", "-A");
  git(project, "commit", "-q", "-m", title);
}

export function git(project: Pick<Project, "folder">, ...args: readonly string[]): void {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")));
  execFileSync("git", [...identity, "-C", project.folder, ...args], {
    env: { ...env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
    stdio: "ignore",
  });
}
