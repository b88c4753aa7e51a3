import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { textOf, utf8 } from "../../src/base/bytes.ts";
import { systemClock, type Clock } from "../../src/base/clock.ts";
import type { ErrorCode } from "../../src/base/error-codes.ts";
import { EgxError, hasCode } from "../../src/base/errors.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { AdaptiveLimit } from "../../src/lake/s3/adaptive-limit.ts";
import { defaultRequestLimits, Requests } from "../../src/lake/s3/requests.ts";
import { openS3Lake, type S3LakeOptions } from "../../src/lake/s3/s3-lake.ts";
import { BucketClient } from "../../src/lake/s3/sdk.ts";
import { isCode } from "../contract/lake-case.ts";
import {
  emptyListing,
  s3StandIn,
  type StandIn,
  type StandInAnswer,
} from "../support/s3-stand-in.ts";
import { TurnedClock } from "../support/turned-clock.ts";

suite("what S3 answers", () => {
  const meanings: readonly (readonly [StandInAnswer, ErrorCode])[] = [
    [{ status: 403, error: "AccessDenied" }, "E_LAKE_FORBIDDEN"],
    [{ status: 403, error: "RequestTimeTooSkewed" }, "E_LAKE_FORBIDDEN"],
    [{ status: 400, error: "ExpiredToken" }, "E_LAKE_FORBIDDEN"],
    [{ status: 404, error: "NoSuchBucket" }, "E_LAKE_MISSING"],
    [{ status: 503, error: "SlowDown" }, "E_LAKE_THROTTLED"],
    [{ status: 503, error: "SlowDownWrite" }, "E_LAKE_THROTTLED"],
    [{ status: 429, error: "TooManyRequests" }, "E_LAKE_THROTTLED"],
    [{ status: 507, error: "XMinioStorageFull" }, "E_LAKE_FULL"],
    [{ status: 400, error: "XMinioAdminBucketQuotaExceeded" }, "E_LAKE_FULL"],
    [{ status: 500, error: "InternalError" }, "E_LAKE_UNREACHABLE"],
    [{ status: 502, body: "<html>a proxy speaks" }, "E_LAKE_UNREACHABLE"],
    [{ status: 400, error: "RequestTimeout" }, "E_LAKE_UNREACHABLE"],
    [{ status: 409, error: "ConditionalRequestConflict" }, "E_LAKE_CONFLICT"],
    [{ status: 409, error: "OperationAborted" }, "E_LAKE_CONFLICT"],
    [{ status: 400, error: "InvalidRequest" }, "E_CONFIG"],
    [{ status: 501, error: "NotImplemented" }, "E_CONFIG"],
  ];
  for (const [answer, code] of meanings) {
    test(`${answer.status} ${answer.error ?? "without a name"} is ${code}`, async (t) => {
      const { lake, server } = await openOn(t, () => answer);
      const before = server.seen.length;
      await assert.rejects(lake.create("a/b", utf8("x")), isCode(code));
      assert.equal(server.seen.length, before + 1, "a create is sent once");
      await assert.rejects(lake.put("a/b", utf8("x")), isCode(code));
      await assert.rejects(lake.delete("a/b"), isCode(code));
      assert.equal(server.seen.length, before + 3);
    });
  }

  test("a bare 400 to HEAD is a session that has run out", async (t) => {
    const { lake } = await openOn(t, () => ({ status: 400, error: "ExpiredToken" }));
    await assert.rejects(lake.head("a/b"), isCode("E_LAKE_FORBIDDEN"));
  });

  test("another region is E_CONFIG that names the right one", async () => {
    const headers = { "x-amz-bucket-region": "eu-south-1" };
    for (const answer of [
      { status: 301, error: "PermanentRedirect", headers },
      { status: 400, error: "AuthorizationHeaderMalformed", headers },
    ]) {
      const { endpoint } = await s3StandIn(() => answer);
      await assert.rejects(open(endpoint), (error) => {
        assert.ok(hasCode(error, "E_CONFIG"));
        assert.match(error.message, /eu-south-1/);
        assert.match(error.hint, /AWS_REGION=eu-south-1/);
        return true;
      });
    }
  });

  test("a refusal that repeats a session token is told without it", async () => {
    const body = "<Error><Code>ExpiredToken</Code><Token-0>the-very-token</Token-0></Error>";
    const { endpoint } = await s3StandIn(() => ({ status: 400, body }));
    await assert.rejects(open(endpoint), (error) => {
      assert.ok(error instanceof EgxError);
      const shown = JSON.stringify([error, error.stack, error.cause, error.details]);
      assert.doesNotMatch(shown, /the-very-token/);
      return hasCode(error, "E_LAKE_FORBIDDEN");
    });
  });

  test("a bucket that is missing is made where the client is", async () => {
    const made: string[] = [];
    const server = await s3StandIn((request, sent) => {
      if (request.startsWith("PUT /bucket")) made.push(sent);
      return made.length > 0 ? { status: 200 } : { status: 404, error: "NoSuchBucket" };
    });
    await (await open(server.endpoint, { region: "eu-south-1" })).close();
    assert.equal(made.length, 1);
    assert.match(made[0] ?? "", /<LocationConstraint>eu-south-1</);
  });

  test("403 for what is not there is null to who may list it", async (t) => {
    const { lake } = await openOn(t, (request) =>
      request.includes("list-type") ? emptyListing : { status: 403, error: "AccessDenied" },
    );
    assert.equal(await lake.get("a/b"), null);
    assert.equal(await lake.head("a/b"), null);
    assert.equal(await lake.getRange("a/b", 0, 9), null);
  });

  test("403 for what is there is E_LAKE_FORBIDDEN, and so is one for the listing", async (t) => {
    const contents = "<Contents><Key>a/b</Key><Size>1</Size></Contents>";
    const listing = { status: 200, body: `<ListBucketResult>${contents}</ListBucketResult>` };
    for (const list of [listing, { status: 403, error: "AccessDenied" }]) {
      const { lake } = await openOn(t, (request) =>
        request.includes("list-type") ? list : { status: 403, error: "AccessDenied" },
      );
      await assert.rejects(lake.get("a/b"), isCode("E_LAKE_FORBIDDEN"));
      await assert.rejects(lake.head("a/b"), isCode("E_LAKE_FORBIDDEN"));
    }
  });

  test("an answer without its length is read to its end", async (t) => {
    const headers = { "transfer-encoding": "chunked", etag: '"e"' };
    const { lake } = await openOn(t, () => ({ status: 200, body: "0123456789", headers }));
    const stored = await lake.get("a");
    assert.equal(textOf(stored?.body ?? utf8("")), "0123456789");
    assert.equal(stored?.version, '"e"');
  });

  test("a listing that is a page of somebody else's is E_LAKE_UNREACHABLE", async (t) => {
    const { lake } = await openOn(t, () => ({ status: 200, body: "<html><p>Log in</html>" }));
    await assert.rejects(Array.fromAsync(lake.list("")), isCode("E_LAKE_UNREACHABLE"));
  });

  test("a page's end is followed until there is none", async (t) => {
    const page = (keys: readonly string[], next: string): StandInAnswer => ({
      status: 200,
      body:
        "<ListBucketResult>" +
        keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join("") +
        (next === "" ? "" : `<IsTruncated>true</IsTruncated>`) +
        `<NextContinuationToken>${next}</NextContinuationToken></ListBucketResult>`,
    });
    const { lake } = await openOn(t, (request) =>
      request.includes("continuation-token=two") ? page(["c", "d/"], "") : page(["a", "b"], "two"),
    );
    const found = await Array.fromAsync(lake.list(""), ({ key }) => key);
    assert.deepEqual(found, ["a", "b", "c"]);
  });
});

suite("the limit on requests", () => {
  test("it falls when the store asks for fewer, and recovers", async (t) => {
    const clock = new TurnedClock(0);
    let refusals = 0;
    const server = await s3StandIn(() => {
      if (refusals === 0) return { status: 200 };
      refusals -= 1;
      return { status: 503, error: "SlowDown" };
    });
    const requests = new Requests({ clock, concurrency: 32, limits: defaultRequestLimits });
    const client = new BucketClient("bucket", {
      endpoint: server.endpoint,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: { accessKeyId: "someone", secretAccessKey: "secret" },
      connections: 32,
      connectMs: 5_000,
      requestMs: 5_000,
      ca: undefined,
    });
    t.after(() => client.destroy());
    const putMany = async (count: number): Promise<void> => {
      await Promise.allSettled(
        Array.from({ length: count }, async (_, index) =>
          requests.send({ what: "o", bytes: 1 }, async (signal) =>
            client.put(`o${index}`, utf8("x"), {}, signal),
          ),
        ),
      );
    };
    await putMany(300);
    assert.equal(requests.current, 32, "quick growth up to the bound");
    const falls: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      refusals = 12;
      await putMany(12);
      falls.push(requests.current);
      clock.jump(1_000);
    }
    assert.deepEqual(falls, [16, 8, 4, 2], "a burst of refusals halves it once");
    await putMany(40);
    falls.push(requests.current);
    const [slow = 0] = falls.slice(-1);
    assert.ok(slow > 2 && slow < 12, `slow growth after a fall, not ${slow}`);
    await putMany(1_000);
    assert.equal(requests.current, 32);
  });

  test("never more run at once than it says, in the order they came", async () => {
    const limit = new AdaptiveLimit({ clock: new TurnedClock(0), max: 5, start: 2 });
    let running = 0;
    let most = 0;
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) =>
        limit.run(
          async () => {
            order.push(index);
            running += 1;
            most = Math.max(most, running);
            assert.ok(running <= limit.current);
            await new Promise((resolve) => setImmediate(resolve));
            running -= 1;
          },
          () => "fine",
        ),
      ),
    );
    assert.equal(most, 5);
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
  });

  test("slowness cuts it by a quarter, down to one and never to none", async () => {
    const clock = new TurnedClock(0);
    const limit = new AdaptiveLimit({ clock, max: 8 });
    const seen: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      const run = limit.run(
        async () => clock.sleep(3_000),
        (elapsedMs) => (elapsedMs >= 3_000 ? "slow" : "fine"),
      );
      await clock.turn(3_000);
      await run;
      seen.push(limit.current);
    }
    assert.deepEqual(seen.slice(0, 3), [6, 4, 3]);
    assert.equal(seen.at(-1), 1);
  });

  test("failures give their place back", async () => {
    const limit = new AdaptiveLimit({ clock: new TurnedClock(0), max: 1 });
    const failing = limit.run(
      async () => Promise.reject(new Error("no")),
      () => "refused",
    );
    await assert.rejects(failing, /no/);
    assert.equal(
      await limit.run(
        async () => "next",
        () => "fine",
      ),
      "next",
    );
  });
});

suite("time-outs", () => {
  test("a store that does not answer is unreachable after the time for the size", async (t) => {
    const clock = new TurnedClock(0);
    const silent = Promise.withResolvers<StandInAnswer>();
    t.after(() => silent.resolve({ status: 200 }));
    let open = true;
    const { lake } = await openOn(t, () => (open ? { status: 200 } : silent.promise), clock);
    open = false;
    let ended = false;
    const putting = lake.put("a", new Uint8Array(10_000)).finally(() => {
      ended = true;
    });
    const refused = assert.rejects(putting, isCode("E_LAKE_UNREACHABLE"));
    await clock.turn(29_999);
    assert.ok(!ended, "20 s and 1 ms a byte");
    await clock.turn(1);
    await refused;
  });
});

async function openOn(
  t: TestContext,
  answer: (request: string) => StandInAnswer | Promise<StandInAnswer>,
  clock: Clock = systemClock,
): Promise<{ readonly lake: Lake; readonly server: StandIn }> {
  let opening = true;
  const server = await s3StandIn((request) => (opening ? emptyListing : answer(request)));
  const lake = await open(server.endpoint, { clock });
  opening = false;
  t.after(async () => lake.close());
  return { lake, server };
}

async function open(endpoint: string, options: Partial<S3LakeOptions> = {}): Promise<Lake> {
  return openS3Lake({
    bucket: "bucket",
    endpoint,
    createBucket: true,
    clock: systemClock,
    credentials: { accessKeyId: "someone", secretAccessKey: "secret" },
    ...options,
  });
}
