import { expect, test } from "vitest";

import { findSecrets, SECRET_PATTERNS } from "../../prompts/secrets.ts";

// Made up and taken apart, so that no scanner of this repository takes them for real ones.
const digits = "0123456789";
const letters = "AbCdEfGhIjKlMnOpQrStUvWxYz";
const CANARIES: readonly (readonly [kind: string, canary: string])[] = [
  ["a private key", `-----BEGIN ${"RSA "}PRIVATE KEY-----`],
  ["a private key", `-----BEGIN ${"PGP "}PRIVATE KEY BLOCK-----`],
  ["an AWS access key", `AKIA${"IOSFODNN7EXAMPLE"}`],
  ["an Anthropic key", `sk-ant-${"api03"}-${letters}${digits}`],
  ["an OpenAI key", `sk-${"proj"}-${letters}${digits}`],
  ["a GitHub token", `ghp_${letters}${digits}`],
  ["a GitHub token", `github_pat_${digits}${letters}`],
  ["a GitLab token", `glpat-${digits}${letters}`],
  ["a Slack token", `xoxb-${digits}-${letters}`],
  ["a Slack webhook", `https://hooks.slack.com/services/T${digits}/B${digits}/${letters}`],
  ["a Google API key", `AIza${letters}${digits.slice(1)}`],
  ["a Stripe key", `sk_live_${letters}`],
  ["an npm token", `npm_${letters}${digits}`],
  ["a Hugging Face token", `hf_${letters}${letters}`],
  ["a Pinecone key", `pcsk_${letters}_${digits}`],
  ["a SendGrid key", `SG.${letters}.${letters}`],
  ["a JSON web token", `eyJ${letters}.eyJ${letters}.${letters}`],
  ["an address with a password", `postgres://app:${"hunter22"}@db.example.com/app`],
  ["a bearer token", `Authorization: Bearer ${letters}${digits}`],
  ["a password or key", `password: "${"correct1horse"}battery"`],
  ["a password or key", `API_KEY=${letters}${digits}`],
];

test.each(CANARIES)("finds %s", (kind, canary) => {
  expect(findSecrets(`Be kind.\nUse ${canary} for it.`)).toEqual([expect.objectContaining({ kind, line: 2 })]);
});

test("has a canary for each pattern, so that none is dead", () => {
  expect(new Set(CANARIES.map(([kind]) => kind))).toEqual(new Set(SECRET_PATTERNS.map(({ kind }) => kind)));
});

test("gives the place of a secret and not the secret", () => {
  const canary = `ghp_${letters}${digits}`;
  const found = findSecrets(`one\n  ${canary}`);
  expect(found).toEqual([{ kind: "a GitHub token", line: 2, column: 3 }]);
  expect(JSON.stringify(found)).not.toContain(canary);
});

test.each([
  "password: string, what the user types",
  "api_key?: string",
  "Never ask for a password or an API key: say that you cannot keep secrets.",
  "The task-management-and-planning-overview of the team",
  "{{apiKey}} and https://{{user}}:{{password}}@{{host}}/",
  "Read https://example.com/docs:8080/a@b and http://localhost:8080",
  "sha256 6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
  "The bearer of the message is internationalization-and-localization",
  "sk-learn-is-a-library-for-machine-learning",
])("takes no ordinary text for a secret: %s", (text) => {
  expect(findSecrets(text)).toEqual([]);
});

test("looks at hostile lines in no time", () => {
  const line = `${"a".repeat(200_000)} ${"password=".repeat(20_000)} ${"eyJ".repeat(60_000)} ${"://a:".repeat(40_000)}`;
  const begun = performance.now();
  findSecrets(line);
  expect(performance.now() - begun).toBeLessThan(5000);
});
