#!/usr/bin/env node
// The one file that an old Node must be able to parse: no static import, no top-level await.
const version = process.versions.node;
const [major = 0, minor = 0] = version.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write("baton needs Node.js >= 22.18 (this is " + version + ")\n");
  process.exitCode = 78;
} else {
  void import("./main.ts").then(async ({ main }) => {
    process.exitCode = await main(process.argv.slice(2));
  });
}
