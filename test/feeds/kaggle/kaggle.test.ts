import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { Clock } from "../../../src/base/clock.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { EgxError, hasCode } from "../../../src/base/errors.ts";
import {
  readKaggleCredentials,
  type KaggleAccount,
} from "../../../src/feeds/kaggle/credentials.ts";
import { parseDataset } from "../../../src/feeds/kaggle/dataset.ts";
import { Kaggle } from "../../../src/feeds/kaggle/kaggle.ts";
import { archiveTag, kaggleStandIn, type KaggleStandIn } from "../../support/services/kaggle.ts";
import { until } from "../../support/until.ts";
import { never } from "../events.ts";

const zip = Buffer.from(Array.from({ length: 200_000 }, (_, place) => (place * 7919) % 251));
const secret = "KGAT_5f3a9c";
const set = { dataset: "owner/set", version: 3, licence: null, updated: null };

/** The host's clock, on which nobody waits longer than a minute's silence takes. */
function impatient(): { readonly clock: Clock; readonly waits: number[] } {
  const waits: number[] = [];
  const sleep: Clock["sleep"] = async (ms, signal) => {
    if (ms >= 60_000 && signal !== undefined) return systemClock.sleep(ms, signal);
    waits.push(ms);
  };
  return { clock: { ...systemClock, sleep }, waits };
}

function kaggleAt(standIn: KaggleStandIn, clock = impatient().clock, token = secret): Kaggle {
  return new Kaggle({
    url: standIn.url,
    credentials: { authorization: `Bearer ${token}`, secrets: [token] },
    clock,
    random: { next: () => 0 },
  });
}

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "egx-kaggle-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function failure(work: Promise<unknown>): Promise<EgxError> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof EgxError);
  return error;
}

suite("a data set", () => {
  test("is described, with its licence, and fetched without the credentials", async (t) => {
    const authorization = `Bearer ${secret}`;
    const standIn = await kaggleStandIn(t, { "owner/set": { zip, authorization } });
    const kaggle = kaggleAt(standIn);
    const described = await kaggle.describe("owner/set", never);
    assert.deepEqual(described, {
      dataset: "owner/set",
      version: 3,
      licence: "CC0-1.0",
      updated: "2026-02-05T10:11:12.123Z",
    });
    const file = path.join(await folderOf(t), "set.zip");
    await kaggle.download(described, file, never);
    assert.deepEqual(await readFile(file), zip);
    const asked = standIn.api.asked.at(-1);
    assert.equal(asked?.url.searchParams.get("datasetVersionNumber"), "3");
    assert.deepEqual(
      standIn.store.asked.map(({ headers }) => headers["authorization"]),
      [undefined],
    );
  });

  test("without a licence on its page has the one of its metadata", async (t) => {
    const standIn = await kaggleStandIn(t, { "owner/set": { zip, licence: null } });
    const { licence } = await kaggleAt(standIn).describe("owner/set", never);
    assert.equal(licence, "other");
  });

  test("whose download breaks off twice is fetched on from there", async (t) => {
    const standIn = await kaggleStandIn(t, { "owner/set": { zip } });
    const kaggle = kaggleAt(standIn);
    const file = path.join(await folderOf(t), "set.zip");
    const general = { "content-type": "application/zip" };
    // An answer without a tag cannot be gone on with; the next one is the store's own, cut short.
    standIn.store.faults.push({ headers: general, body: zip, cutAt: 50_000 });
    await kaggle.download(set, file, never);
    assert.deepEqual(await readFile(file), zip);
    assert.equal(standIn.store.asked.at(-1)?.headers["range"], undefined);

    const tagged = { ...general, etag: archiveTag(zip) };
    const cutWhen = async (): Promise<void> =>
      until("some of it is in the file", async () => (await stat(file)).size > 0);
    standIn.store.faults.push({ headers: tagged, body: zip, cutAt: 60_000, cutWhen });
    await kaggle.download(set, file, never);
    assert.deepEqual(await readFile(file), zip);
    const range = standIn.store.asked.at(-1)?.headers["range"] ?? "";
    const from = Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
    assert.ok(from > 0 && from <= 60_000, range);
  });

  test("that changed meanwhile is fetched from the start", async (t) => {
    const standIn = await kaggleStandIn(t, { "owner/set": { zip } });
    const file = path.join(await folderOf(t), "set.zip");
    const other = Buffer.from(zip).fill(1);
    const headers = { "content-type": "application/zip", etag: '"another"' };
    standIn.store.faults.push({ headers, body: other, cutAt: 60_000 });
    await kaggleAt(standIn).download(set, file, never);
    assert.deepEqual(await readFile(file), zip);
  });

  test("is asked for again after 429, no sooner than was said, and after 503", async (t) => {
    const standIn = await kaggleStandIn(t, { "owner/set": { zip } });
    const { clock, waits } = impatient();
    const file = path.join(await folderOf(t), "set.zip");
    standIn.api.faults.push({ status: 429, headers: { "retry-after": "7" } }, { status: 503 });
    await kaggleAt(standIn, clock).download(set, file, never);
    assert.deepEqual(await readFile(file), zip);
    assert.deepEqual(waits, [7000, 0]);
  });

  test("that is a web page, is not there, or is not for all is refused with the reason", async (t) => {
    const standIn = await kaggleStandIn(t, {
      "owner/set": { zip },
      "owner/secret": { zip, authorization: "Bearer another" },
    });
    const file = path.join(await folderOf(t), "set.zip");
    const page = "<!doctype html><title>Sign in</title>";
    standIn.store.faults.push({ headers: { "content-type": "text/html" }, body: page });
    const kaggle = kaggleAt(standIn);
    const signIn = await failure(kaggle.download(set, file, never));
    assert.deepEqual([signIn.code, /a web page/.test(signIn.message)], ["E_FEED_REFUSED", true]);
    const absent = await failure(kaggle.describe("owner/nothing", never));
    assert.deepEqual([absent.code, absent.exitCode], ["E_FEED_REFUSED", 1]);
    assert.match(absent.message, /Dataset not found/);
    const denied = await failure(kaggle.describe("owner/secret", never));
    assert.equal(denied.code, "E_FEED_TOKEN");
    assert.match(denied.message, /Unauthenticated: Bearer \*\*\*/);
    const home = await folderOf(t);
    const account = { token: undefined, username: "me", key: secret, home };
    const credentials = await readKaggleCredentials(account);
    const named = new Kaggle({
      url: standIn.url,
      credentials,
      clock: systemClock,
      random: { next: () => 0 },
    });
    const unknown = await failure(named.describe("owner/secret", never));
    assert.match(unknown.message, /Unauthenticated: Basic \*\*\*/);
    const nobody = new Kaggle({
      url: standIn.url,
      credentials: null,
      clock: systemClock,
      random: { next: () => 0 },
    });
    const forbidden = await failure(nobody.describe("owner/secret", never));
    assert.equal(forbidden.code, "E_FEED_NOT_ENTITLED");
    for (const error of [signIn, absent, denied, forbidden]) {
      assert.ok(!`${error.message} ${JSON.stringify(error)}`.includes(secret));
    }
  });

  test("is not fetched when it never ends, or leads nowhere", async (t) => {
    const standIn = await kaggleStandIn(t, { "owner/set": { zip } });
    const file = path.join(await folderOf(t), "set.zip");
    const kaggle = kaggleAt(standIn);
    const huge = { "content-length": String(3 * 1024 ** 3), "content-type": "application/zip" };
    standIn.store.faults.push({ headers: huge, body: "PK" });
    assert.equal((await failure(kaggle.download(set, file, never))).code, "E_FILE_FORMAT");
    const around = { status: 302, headers: { location: `${standIn.store.url}/again` } };
    standIn.store.faults.push(...Array.from({ length: 6 }, () => around));
    assert.equal((await failure(kaggle.download(set, file, never))).code, "E_FEED_PROTOCOL");
    standIn.api.faults.push({ status: 302, headers: { location: "ftp://127.0.0.1/set.zip" } });
    assert.equal((await failure(kaggle.download(set, file, never))).code, "E_FEED_PROTOCOL");
  });
});

suite("credentials", () => {
  const none = { token: undefined, username: undefined, key: undefined };

  async function found(
    t: TestContext,
    files: Readonly<Record<string, string>>,
    account: Partial<KaggleAccount> = {},
  ): Promise<string | null> {
    const home = await folderOf(t);
    await mkdir(path.join(home, ".kaggle"));
    for (const [name, content] of Object.entries(files)) {
      await writeFile(path.join(home, ".kaggle", name), content);
    }
    return (await readKaggleCredentials({ ...none, home, ...account }))?.authorization ?? null;
  }

  const basic = `Basic ${Buffer.from("me:k3y").toString("base64")}`;
  const keyFile = { "kaggle.json": '{"username":"me","key":"k3y"}' };

  test("are the token, its file, name and key, the key's file, or none; in this order", async (t) => {
    assert.equal(await found(t, {}), null);
    assert.equal(await found(t, keyFile), basic);
    assert.equal(await found(t, {}, { username: "me", key: "k3y" }), basic);
    const files = { ...keyFile, access_token: "from-file\n" };
    assert.equal(await found(t, files, { username: "me", key: "k3y" }), "Bearer from-file");
    assert.equal(await found(t, files, { token: "from-environment" }), "Bearer from-environment");
    const file = path.join(await folderOf(t), "token");
    await writeFile(file, "elsewhere\n");
    assert.equal(await found(t, files, { token: file }), "Bearer elsewhere");
  });

  test("that are not whole are refused, and not repeated", async (t) => {
    const token = `${secret} and more`;
    const tries: readonly (readonly [Readonly<Record<string, string>>, Partial<KaggleAccount>])[] =
      [
        [{}, { username: "me" }],
        [{}, { key: secret }],
        [{ "kaggle.json": `{"username":"me","secret":"${secret}"}` }, {}],
        [{ "kaggle.json": secret }, {}],
        [{}, { token }],
      ];
    for (const [files, account] of tries) {
      const error = await failure(found(t, files, account));
      assert.ok(hasCode(error, "E_CONFIG"));
      assert.ok(!error.message.includes(secret), error.message);
    }
  });
});

test("a set is named by owner and set, or by its page", () => {
  for (const text of ["owner/set", "https://www.kaggle.com/datasets/owner/set?select=a.csv"]) {
    assert.equal(parseDataset(text), "owner/set");
  }
  for (const text of ["set", "a/b/c", "../etc/passwd", "owner/set?x=1", "owner/", "-a/b", ""]) {
    assert.equal(parseDataset(text), null, text);
  }
});
