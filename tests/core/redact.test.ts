import { expect, test } from "vitest";

import { withoutSecrets } from "../../core/redact.ts";

test.each([
  ["Incorrect API key provided: sk-proj-abc123****wxyz.", "Incorrect API key provided: [key]"],
  ["key-3ax6xnjp29jd6fds4gc373sgvjxteol0 was revoked", "[key] was revoked"],
  ["authorization: Bearer abcdefgh.ijk", "authorization: Bearer [key]"],
  ['{"password": "hunter2hunter2"}', '{"password": "[key]"}'],
  ["the secret of the vault is vault-7-words", "the secret of the vault is [key]"],
])("takes the key out of %s", (text, shown) => {
  expect(withoutSecrets(text, ["vault-7-words"])).toBe(shown);
});

test.each(["a key-value store", "the key-based-lookup of a map", "tokens: 12", "short"])(
  "leaves %s as it is",
  (text) => {
    expect(withoutSecrets(text, ["short"])).toBe(text);
  },
);
