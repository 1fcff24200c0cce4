import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { accessSync, constants } from "node:fs";

import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const INSTALL = ["apt-get update", "apt-get install --yes --no-install-recommends chromium"];

/** A real Chromium without a window: the one on PATH, or that of the system's packages, which root installs on Debian. */
export async function openChromium(): Promise<Browser> {
  const executablePath = found() ?? installed();
  return await chromium.launch({ executablePath, headless: true, args: FLAGS });
}

function found(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => isProgram(path));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run
  }
}

function installed(): string {
  const mayInstall = process.getuid?.() === 0 && (process.env["BATON_TEST_NO_INSTALL"] ?? "") === "";
  for (const command of mayInstall ? INSTALL : []) {
    process.stdout.write(`tests: no Chromium found, installing: ${command}\n`);
    spawnSync("/bin/sh", ["-c", command.replace("apt-get", "apt-get -o DPkg::Lock::Timeout=120")], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: "ignore",
    });
  }
  const path = found();
  if (path !== undefined) return path;
  throw new Error(`These tests need Chromium on PATH. On Debian: ${INSTALL.join(" && ")}`);
}
