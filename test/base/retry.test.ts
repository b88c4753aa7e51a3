import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../src/base/clock.ts";
import { EgxError, hasCode } from "../../src/base/errors.ts";
import { retry, type RetryAttempt } from "../../src/base/retry.ts";

/** A clock on which every wait is over at once, and noted. */
function noting(): { readonly clock: Clock; readonly waits: number[] } {
  const waits: number[] = [];
  const clock: Clock = {
    nowMs: () => 0,
    monotonicMs: () => 0,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      waits.push(ms);
    },
  };
  return { clock, waits };
}

/** Draws the largest number there is, so that each wait is the longest it may be. */
const longest = { next: () => 0.999_999 };

function failing(times: number, code: "E_LOG_BUSY" | "E_LAKE_KEY"): () => Promise<string> {
  let left = times;
  return async () => {
    if (left === 0) return "done";
    left -= 1;
    throw new EgxError(code, "not now");
  };
}

test("a failure that may pass is tried again, with waits that double up to a cap", async () => {
  const { clock, waits } = noting();
  const attempts: RetryAttempt[] = [];
  const answer = await retry(failing(6, "E_LOG_BUSY"), {
    clock,
    random: longest,
    baseMs: 100,
    capMs: 1000,
    onRetry: (attempt) => attempts.push(attempt),
  });
  assert.equal(answer, "done");
  assert.deepEqual(waits, [99, 199, 399, 799, 999, 999]);
  assert.deepEqual(
    attempts.map(({ attempt }) => attempt),
    [1, 2, 3, 4, 5, 6],
  );
});

test("a failure that may pass is not waited for when it is final to who asks", async () => {
  const { clock, waits } = noting();
  const policy = { clock, random: longest, isFinal: () => true };
  await assert.rejects(retry(failing(1, "E_LOG_BUSY"), policy), { code: "E_LOG_BUSY" });
  assert.deepEqual(waits, []);
});

test("no wait is shorter than the other side asks for", async () => {
  const { clock, waits } = noting();
  const errors = [90_000, 10].map(
    (retryAfterMs) => new EgxError("E_LOG_BUSY", "not now", { retryAfterMs }),
  );
  const operation = async (): Promise<string> => {
    const error = errors.shift();
    if (error !== undefined) throw error;
    return "done";
  };
  assert.equal(await retry(operation, { clock, random: longest, capMs: 1000 }), "done");
  assert.deepEqual(waits, [90_000, 199]);
});

test("any other failure is thrown at once", async () => {
  const { clock, waits } = noting();
  await assert.rejects(retry(failing(1, "E_LAKE_KEY"), { clock, random: longest }), (error) =>
    hasCode(error, "E_LAKE_KEY"),
  );
  const bug = new TypeError("a bug");
  const broken = async (): Promise<never> => {
    throw bug;
  };
  await assert.rejects(retry(broken, { clock, random: longest }), bug);
  assert.deepEqual(waits, []);
});

test("the last error is thrown when the attempts are used up", async () => {
  const { clock, waits } = noting();
  await assert.rejects(
    retry(failing(9, "E_LOG_BUSY"), { clock, random: longest, attemptsMax: 3 }),
    (error) => hasCode(error, "E_LOG_BUSY"),
  );
  assert.equal(waits.length, 2);
});

test("an abort ends it between two attempts, with the signal's reason", async () => {
  const { clock } = noting();
  const stop = new AbortController();
  const reason = new Error("stop");
  await assert.rejects(
    retry(failing(9, "E_LOG_BUSY"), {
      clock,
      random: longest,
      signal: stop.signal,
      onRetry: ({ attempt }) => {
        if (attempt === 2) stop.abort(reason);
      },
    }),
    reason,
  );
});
