import assert from "node:assert/strict";
import { test } from "node:test";
import { errorCodes } from "../../../src/base/error-codes.ts";
import type { Why } from "../../../src/serve/api/pipeline.ts";
import { errorText } from "../../../web/src/i18n/error-text.ts";
import { createI18n } from "../../../web/src/i18n/i18n.ts";
import { messages as arabicTexts } from "../../../web/src/i18n/ar/messages.ts";
import { messages as englishTexts } from "../../../web/src/i18n/en/messages.ts";
import { whyText } from "../../../web/src/pages/pipeline/why-text.ts";

const arabic = createI18n("ar", "latn", arabicTexts);
const english = createI18n("en", "latn", englishTexts);

const whys: readonly Why[] = [
  { reason: "failing", code: "E_LAKE_FULL" },
  { reason: "log-silent", code: "E_LOG_UNREACHABLE" },
  { reason: "lake-silent", code: "E_LAKE_FORBIDDEN" },
  { reason: "partition-stopped", partition: 3, code: "E_LEDGER_RECORDS_GONE" },
  { reason: "records-wait", records: 1_204, seconds: 97 },
  { reason: "sessions-behind", sessions: 3 },
  { reason: "no-log" },
  { reason: "not-known-yet" },
  { reason: "not-built" },
  { reason: "elsewhere" },
];

test("every error code is told in both languages; in English as the reference page has it", () => {
  for (const [code, { meaning }] of Object.entries(errorCodes)) {
    assert.equal(errorText(english, code), meaning);
    assert.match(errorText(arabic, code) ?? "", /\p{Script=Arabic}/u, code);
  }
  assert.equal(errorText(arabic, "E_OF_A_NEWER_SERVER"), null);
});

test("why a stage is in trouble is told in both languages, with its code and numbers", () => {
  for (const why of whys) {
    const [said, told] = [whyText(english, why), whyText(arabic, why)];
    assert.doesNotMatch(said + told, /[{}]|undefined/, why.reason);
    assert.doesNotMatch(said, /\p{Script=Arabic}/u);
    assert.match(told, /\p{Script=Arabic}/u);
    // A code is to be looked up and typed: it is the same in every language.
    const code = "code" in why ? why.code : "";
    assert.ok(said.includes(code) && told.includes(code));
  }
  const behind = whyText(arabic, { reason: "sessions-behind", sessions: 2 });
  assert.equal(behind, "متأخر جلستين عن التقويم.");
  const waits = whyText(english, { reason: "records-wait", records: 1, seconds: 97 });
  assert.equal(
    waits.replaceAll(/[\u2066-\u2069]/g, ""),
    "1 record waiting, the oldest for 1 m 37 s.",
  );
});
