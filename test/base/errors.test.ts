import assert from "node:assert/strict";
import { test } from "node:test";
import { errorCodes } from "../../src/base/error-codes.ts";
import { EgxError, hasCode, invariant, systemCodeOf, toEgxError } from "../../src/base/errors.ts";

test("an error carries what its code says, unless more is known", () => {
  const plain = new EgxError("E_LAKE_FULL", "no room");
  assert.equal(plain.retryable, errorCodes.E_LAKE_FULL.retryable);
  assert.equal(plain.hint, errorCodes.E_LAKE_FULL.hint);
  assert.equal(plain.exitCode, errorCodes.E_LAKE_FULL.exit);
  const known = new EgxError("E_LAKE_FULL", "no room", { retryable: false, hint: "Buy a disk." });
  assert.equal(known.retryable, false);
  assert.equal(known.hint, "Buy a disk.");
});

test("the cause is kept, whatever was thrown", () => {
  const cause = new TypeError("a bug");
  const known = toEgxError(cause);
  assert.equal(known.code, "E_INTERNAL");
  assert.equal(known.cause, cause);
  assert.equal(toEgxError("text").message, "text");
  const own = new EgxError("E_USAGE", "no");
  assert.equal(toEgxError(own), own);
});

test("codes decide", () => {
  const error: unknown = new EgxError("E_LOG_BUSY", "later");
  assert.ok(hasCode(error, "E_LOG_FULL", "E_LOG_BUSY"));
  assert.ok(!hasCode(error, "E_LOG_FULL"));
  assert.ok(!hasCode(new Error("E_LOG_BUSY"), "E_LOG_BUSY"));
});

test("the code of a system error is found, and nothing else", () => {
  assert.equal(systemCodeOf(Object.assign(new Error("x"), { code: "ENOENT" })), "ENOENT");
  assert.equal(systemCodeOf(Object.assign(new Error("x"), { code: 5 })), undefined);
  assert.equal(systemCodeOf("ENOENT"), undefined);
});

test("a broken promise of our own is E_INTERNAL", () => {
  invariant(true, "fine");
  assert.throws(
    () => invariant(false, "broken"),
    (error) => hasCode(error, "E_INTERNAL"),
  );
});

test("every code has a meaning and a hint in full sentences", () => {
  for (const [code, entry] of Object.entries(errorCodes)) {
    assert.match(code, /^E_[A-Z0-9_]+$/);
    assert.match(entry.meaning, /\.$/, code);
    assert.match(entry.hint, /[.?:>]$|`$|[A-Z0-9]$|[a-z]$/, code);
  }
});
