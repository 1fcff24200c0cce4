import { execFile } from "node:child_process";
import { access, copyFile, readFile, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { DEFAULT_TENANT, offline } from "batonjs";
import { describe, expect, it } from "vitest";

import { brief } from "../../examples/brief/brief.ts";
import { openBaton, temporaryFolder } from "../support/baton.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const readme = await readFile(join(ROOT, "README.md"), "utf8");

/** The marked places of the README: what they claim to show, and what they show. `node scripts/readme.mjs` fills them. */
function marked(kind: "code" | "output"): readonly { readonly name: string; readonly text: string }[] {
  const places = new RegExp(
    `<!-- ${kind}: (?<name>\\S+) -->\\n\`\`\`\\w*\\n(?<text>[\\s\\S]*?)\\n\`\`\`\\n<!-- /${kind} -->`,
    "gu",
  );
  return [...readme.matchAll(places)].map(({ groups }) => ({
    name: groups?.["name"] ?? "",
    text: groups?.["text"] ?? "",
  }));
}

/** A folder that looks like the repository, but has a `.baton` folder of its own. */
async function cloneOfLinks(): Promise<string> {
  const folder = await temporaryFolder();
  for (const file of ["baton.config.ts", "package.json"]) await copyFile(join(ROOT, file), join(folder, file));
  for (const linked of ["dist", "docs", "examples", "node_modules"])
    await symlink(join(ROOT, linked), join(folder, linked), "junction");
  return folder;
}

/** Lines move and sentences are added whenever somebody writes in `docs`; what is said must not differ from what is printed. */
function withoutCounts(brief: string): string {
  return brief
    .replaceAll(/:\d+`$/gmu, ":n`")
    .replace(/Searched \d+ sentences and table rows in \d+ files/u, "Searched n sentences and table rows in n files");
}

describe("the README", () => {
  it("has at most 200 lines", () => {
    expect(readme.split("\n").length).toBeLessThanOrEqual(200);
  });

  it("shows code as it stands in the examples, where it is compiled", async () => {
    const places = marked("code");
    expect(places.map(({ name }) => name)).toEqual([
      "examples/brief/brief.ts",
      "examples/brief/prompts/brief/write.prompt",
    ]);
    for (const { name, text } of places) expect(text).toBe((await readFile(join(ROOT, name), "utf8")).trimEnd());
  });

  it("shows what its first command prints", async () => {
    const [place] = marked("output");
    const [command] = /npx baton (run research .*)$/mu.exec(readme) ?? [];
    const input = /--input '(?<input>[^']*)'/u.exec(command ?? "")?.groups?.["input"] ?? "";
    const bin = join(ROOT, "dist/cli/bin.js");
    const { stdout } = await promisify(execFile)(process.execPath, [bin, "run", "research", "--input", input], {
      cwd: await cloneOfLinks(),
    });
    expect(withoutCounts(stdout.trim())).toBe(withoutCounts(place?.text ?? ""));
  });

  it("links to files that exist", async () => {
    const links = [...readme.matchAll(/\]\((?<target>[^)#]+)\)/gu)].map(({ groups }) => groups?.["target"] ?? "");
    const local = links.filter((target) => !target.startsWith("http"));
    expect(local.length).toBeGreaterThan(8);
    for (const target of local) await access(join(ROOT, target));
  });
});

describe("the README's example graph", () => {
  it("ends on offline(), with a draft made of what it recalled", async () => {
    const prompts = Object.fromEntries(
      await Promise.all(
        ["brief/research", "brief/write", "brief/critique"].map(async (name): Promise<[string, string]> => [
          name,
          await readFile(join(ROOT, "examples/brief/prompts", `${name}.prompt`), "utf8"),
        ]),
      ),
    );
    const baton = await openBaton({ workflows: [brief], model: offline(), prompts });
    const scope = { tenant: DEFAULT_TENANT, namespace: "brief" };
    const text = "Green tea is steeped for two minutes in water of seventy degrees.";
    await baton.memory.vector.remember(scope, [{ id: "1", text, group: "tea", order: 0, time: 0, meta: {} }]);

    const outcome = await (await baton.start("brief", { topic: "how green tea is steeped" })).result();

    expect(outcome).toMatchObject({ status: "completed", state: { facts: [text], draft: text, verdict: "approve" } });
  });
});
