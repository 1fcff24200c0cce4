#!/usr/bin/env node
// The one file that an old Node must be able to parse: no static import, no top-level await.
const version = process.versions.node;
const [major = 0, minor = 0] = version.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write("baton needs Node.js >= 22.18 (this is " + version + ")\n");
  process.exitCode = 78;
} else {
  keepCompiled();
  void import("./main.ts").then(async ({ main }) => {
    process.exitCode = await main(process.argv.slice(2));
  });
}

/** Keeps the compiled form of everything that is loaded, in the user's cache folder: LangGraph alone is some six hundred files. */
function keepCompiled(): void {
  const { env, platform, getBuiltinModule } = process;
  const { join } = getBuiltinModule("node:path");
  try {
    const home = getBuiltinModule("node:os").homedir();
    const usual = platform === "darwin" ? join(home, "Library", "Caches") : join(home, ".cache");
    const cache = env["XDG_CACHE_HOME"] ?? (platform === "win32" ? env["LOCALAPPDATA"] : undefined) ?? usual;
    // A folder that cannot be written is no failure: Node then compiles as ever.
    getBuiltinModule("node:module").enableCompileCache(join(cache, "baton"));
  } catch {
    // Without a home folder there is no place for a cache.
  }
}
