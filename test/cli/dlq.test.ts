import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { z } from "../../src/base/schema.ts";
import type { LogRecord, NewRecord } from "../../src/log/log.ts";
import { openSqliteLog } from "../../src/log/sqlite-log.ts";
import { runEgx, temporaryFolder, type Outcome } from "./run-egx.ts";

const topic = "egx_market_data";
const letters = z.array(
  z.object({
    position: z.string(),
    log: z.string(),
    code: z.string(),
    outcome: z.string().optional(),
  }),
);
type Letters = z.output<typeof letters>;

interface Data {
  readonly folder: string;
  publish(records: readonly NewRecord[]): Promise<void>;
  records(): Promise<readonly LogRecord[]>;
  egx(...args: string[]): Promise<Outcome>;
  /** What `egx dlq …` answers, and its exit code. */
  dlq(...args: string[]): Promise<{ readonly code: number | null; readonly letters: Letters }>;
  open(): Promise<Letters>;
}

/** A data folder whose topic has the two bad messages `{` and `{"v":1}`. */
async function badData(t: TestContext): Promise<Data> {
  const folder = temporaryFolder(t);
  const log = await openSqliteLog({
    folder: join(folder, "log"),
    clock: systemClock,
    random: systemRandom,
  });
  t.after(() => log.close());
  const egx = (...args: string[]): Promise<Outcome> => runEgx([...args, "--data", folder]);
  const dlq: Data["dlq"] = async (...args) => {
    const { code, stdout, stderr } = await egx("dlq", ...args, "--json");
    assert.notEqual(stdout, "", stderr);
    return { code, letters: letters.parse(JSON.parse(stdout)) };
  };
  const publish: Data["publish"] = async (records) => {
    const producer = await log.producer(topic);
    await producer.send(records);
    await producer.close();
  };
  const spec = { partitions: 1, retentionMs: null, retentionBytes: null };
  await log.createTopic({ name: topic, ...spec });
  const headers = [{ key: "trace", value: utf8("t1") }];
  await publish([
    { key: utf8("COMI"), value: utf8("{"), headers },
    { key: null, value: utf8('{"v":1}') },
  ]);
  const data: Data = {
    folder,
    publish,
    egx,
    dlq,
    open: async () => (await dlq("list")).letters,
    records: async () => {
      const topicId = (await log.describeTopic(topic))?.id ?? "";
      return (await log.read({ topic, topicId, partition: 0, offset: 0 })).records;
    },
  };
  await store(data);
  return data;
}

async function store(data: Data): Promise<void> {
  const { code, stderr } = await data.egx("consumer", "--once");
  assert.equal(code, 0, stderr);
}

test("a dry run tells what would be replayed, and nothing is", async (t) => {
  const data = await badData(t);
  const { code, letters: told } = await data.dlq("replay", "--dry-run");
  assert.deepEqual(
    [code, told.map(({ position, outcome }) => [position, outcome])],
    [
      0,
      [
        ["0:0", "would-replay"],
        ["0:1", "would-replay"],
      ],
    ],
  );
  assert.equal((await data.records()).length, 2);
  assert.equal((await data.open()).length, 2);
});

test("a letter is replayed as it came; one that fails again is not replayed for ever", async (t) => {
  const data = await badData(t);
  const [first] = await data.open();
  for (let replay = 1; replay <= 3; replay += 1) {
    const { code, letters: replayed } = await data.dlq("replay", "--code", "e_message_json");
    assert.deepEqual([code, replayed.map(({ outcome }) => outcome)], [0, ["replayed"]]);
    await store(data);
    assert.equal((await data.open()).length, 2, "the old one is closed, a new one is open");
  }
  const records = await data.records();
  const last = records.at(-1);
  assert.equal(records.length, 5);
  assert.deepEqual(last?.key, Uint8Array.from(utf8("COMI")));
  assert.deepEqual(last.value, Uint8Array.from(utf8("{")));
  assert.deepEqual(
    last.headers.map(({ key, value }) => [key, Buffer.from(value).toString()]),
    [
      ["trace", "t1"],
      ["dlq-attempt", "3"],
      ["dlq-replay-of", `${first?.log}/${topic}/0/3`],
    ],
  );
  const fourth = await data.dlq("replay", "--code", "E_MESSAGE_JSON");
  assert.deepEqual([fourth.code, fourth.letters.map(({ outcome }) => outcome)], [3, ["too-often"]]);
  assert.equal((await data.records()).length, 5);

  const waived = await data.dlq("waive", "--all", "--reason", "never was a bar");
  assert.deepEqual(
    [waived.code, waived.letters.map(({ outcome }) => outcome)],
    [0, ["waived", "waived"]],
  );
  assert.deepEqual(await data.open(), [], "every letter has ended");
  const shown = await data.egx("dlq", "show", "0:4");
  assert.match(shown.stdout, /end +waived at .*: never was a bar/);
  const verified = await data.egx("verify");
  assert.equal(verified.code, 0, verified.stderr + verified.stdout);
});

test("letters are chosen by position, code and time", async (t) => {
  const data = await badData(t);
  const chosen = async (...args: string[]): Promise<readonly string[]> =>
    (await data.dlq("replay", "--dry-run", ...args)).letters.map(({ position }) => position);
  assert.deepEqual(await chosen("0:1"), ["0:1"]);
  assert.deepEqual(await chosen("00000000/0:1"), [], "another log");
  const { stderr } = await data.egx("dlq", "replay", "0:9");
  assert.match(stderr, /^no dead letter is open at 0:9; egx dlq list shows/m);
  assert.deepEqual(await chosen("--code", "E_MESSAGE_JSON"), ["0:0"]);
  assert.deepEqual(await chosen("--code", "E_BAR_PRICE"), []);
  const hour = (offset: number): string =>
    new Date(systemClock.nowMs() + offset * 3_600_000).toISOString();
  assert.deepEqual(await chosen("--since", hour(-1), "--until", hour(1)), ["0:0", "0:1"]);
  assert.deepEqual(await chosen("--since", hour(1)), []);
  assert.deepEqual(await chosen("--until", hour(-1)), []);
  assert.deepEqual(await chosen("--until", "2020-01-01"), []);
  assert.deepEqual(await chosen("--since", "2020-01-01"), ["0:0", "0:1"]);
  assert.deepEqual(await chosen("--topic", "another"), []);
});

test("what is not understood is refused, and closes nothing", async (t) => {
  const data = await badData(t);
  for (const [args, said] of [
    [["replay", "--code", "E_MESSAGE_JSN"], /did you mean E_MESSAGE_JSON\?/],
    [["replay", "3-1"], /is not PARTITION:OFFSET/],
    [["waive", "--reason", "x"], /which dead letters/],
    [["waive", "--all"], /with a reason/],
    [["waive", "--all", "--reason", " "], /--reason: must not be empty/],
    [["waive", "--since", "2025-02-30", "--reason", "x"], /--since: /],
  ] as const) {
    const { code, stderr } = await data.egx("dlq", ...args);
    assert.equal(code, 64, stderr);
    assert.match(stderr, said);
  }
  const { letters: told } = await data.dlq("waive", "--all", "--reason", "x", "--dry-run");
  assert.deepEqual(
    told.map(({ outcome }) => outcome),
    ["would-waive", "would-waive"],
  );
  assert.equal((await data.open()).length, 2);
});
