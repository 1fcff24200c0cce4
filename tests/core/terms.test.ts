import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { terms } from "../../core/terms.ts";

describe("terms", () => {
  test.each([
    ["drops stop words and keeps the order", "How does Baton resume a failed run?", ["baton", "resum", "fail", "run"]],
    [
      "finds irregular forms under their base",
      "She went and bought the children's books",
      ["go", "buy", "child", "book"],
    ],
    ["drops plurals", "classes studies buses status analysis", ["class", "study", "buse", "status", "analysis"]],
    [
      "drops tenses and repairs the rest",
      "planned created agreed carried running using sing",
      ["plan", "creat", "agreed", "carry", "run", "using", "sing"],
    ],
    [
      "drops suffixes when four letters are left",
      "movement quickly reader stable organization",
      ["move", "quick", "read", "stabl", "organiz"],
    ],
    ["cuts at everything but letters and digits", "step_14 v2.1 don't e-mail", ["step", "14", "v2", "1", "e", "mail"]],
    ["ignores accents", "Café NAÏVE Straße", ["cafe", "naiv", "strass"]],
    ["keeps words of spaced scripts whole", "Привет, мир! Αθήνα שלום नमस्ते", ["привет", "мир", "αθηνα", "שלום", "नमस्ते"]],
    ["cuts Chinese into signs and pairs", "在哪里", ["在", "哪", "里", "在哪", "哪里"]],
    ["cuts Japanese at the change of script", "私の猫がコンピューター", ["私", "猫", "コンピューター"]],
    ["cuts Korean into pairs", "고양이가", ["고양", "양이", "이가"]],
    ["makes nothing of signs", "😀👍🏽 ❤️ — \u0000 …", []],
    ["makes nothing of an empty text", "", []],
    ["shortens what is no word", "a".repeat(1000), ["a".repeat(64)]],
  ])("%s", (_, text, expected) => {
    expect(terms(text)).toEqual(expected);
  });

  test("never yields an empty term and always the same terms", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const found = terms(text);
        expect(found.every((term) => term.trim() !== "")).toBe(true);
        expect(terms(text)).toEqual(found);
      }),
    );
  });

  test("finds the same English terms beside a foreign word", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]{0,60}$/), (text) => {
        expect(terms(`${text} Ж`)).toEqual([...terms(text), "ж"]);
      }),
    );
  });
});
