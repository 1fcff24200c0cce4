import { expect, test } from "vitest";

import { optionalPackage } from "../../core/optional-package.ts";

const REDIS = { name: "ioredis", needs: "Redis needs" };

test("names a package that is not installed and how to install it", async () => {
  const missing = Object.assign(new Error("Cannot find package 'ioredis'"), { code: "ERR_MODULE_NOT_FOUND" });
  await expect(optionalPackage(REDIS, () => Promise.reject(missing))).rejects.toMatchObject({
    code: "package-missing",
    message: "Redis needs the package `ioredis`, which is not installed.",
    hint: "Install it with: npm install ioredis",
    cause: missing,
  });
});

test("gives what is installed, and passes on what is wrong inside it", async () => {
  await expect(optionalPackage(REDIS, () => Promise.resolve("loaded"))).resolves.toBe("loaded");
  const broken = new TypeError("It does not start.");
  await expect(optionalPackage(REDIS, () => Promise.reject(broken))).rejects.toBe(broken);
});
