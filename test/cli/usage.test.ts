import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "../../src/base/schema.ts";
import { hasEscape, runEgx, temporaryFolder } from "./run-egx.ts";

const errorLine = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    hint: z.string(),
    exitCode: z.number(),
  }),
});

const mistakes: readonly (readonly [readonly string[], RegExp])[] = [
  [["consumr"], /unknown command "consumr"; did you mean consumer\?/],
  [["topics", "discribe"], /unknown topics command "discribe"; did you mean describe\?/],
  [["consumer", "--flush-recrods", "3"], /'--flush-recrods'; did you mean --flush-records\?/],
  [["consumer", "--compress", "gzp"], /--compress: "gzp" is not known; did you mean gzip\?/],
  [["up", "--interval", "daily"], /unknown interval "daily"; did you mean "Daily" \(1d\)\?/],
  [["up", "--feed", "recorde", "--file", "a.csv"], /did you mean recorded\?/],
  [["up", "--feed", "recorded"], /--feed recorded needs a file/],
  [["up", "--feed", "simulator", "--file", "a.csv"], /--file is for --feed recorded/],
  [["up", "--symbols", "comi"], /did you mean COMI\?/],
  [["up", "--from", "2025-02-30"], /--from: there is no day "2025-02-30"/],
  [["up", "--feed", "simulator", "--from", "2025-03-02", "--to", "2025-03-01"], /lies after/],
  [["up", "--speed", "0"], /--speed: must be more than 0/],
  [["producer", "--live", "--once"], /--once and --live exclude each other/],
  [["producer", "--poll-interval", "soon"], /--poll-interval: must be a number of seconds/],
  [["consumer", "--flush-bytes", "64MiB"], /--flush-bytes: must be a whole number/],
  [["consumer", "--prefix", "../x/"], /--prefix: must be plain segments/],
  [["producer", "--topic", "my topic"], /--topic: "my topic" is no name of a topic/],
  [["silver", "--source-rank", "Yahoo"], /--source-rank: must be kinds of source such as/],
  [["silver", "--adjusted-rank", "none,split"], /"split" is not known; did you mean splits\?/],
  [["topics", "create", "../mine"], /"\.\.\/mine" is no name of a topic/],
  [["consumer", "--accept-loss", "egx/3:9-1"], /ends before it begins/],
  [["consumer", "--data", "a", "--lake", "b"], /--data and --lake exclude each other/],
  [["lag", "--log", "a", "--data", "b"], /--data and --log exclude each other/],
  [["lag", "--log", "http://x"], /a log cannot be at http:\/\//],
  [["query"], /missing required argument 'sql'/],
  [["import", "csv"], /missing required argument 'file'\n {2}hint: See egx import csv --help\./],
  [["--data", "x", "lag"], /unknown option '--data'\n {2}hint: Flags come after the command\./],
  [["up", "--symbols", "egx31"], /"egx31" is no index.*known: egx30, egx70, egx100, shariah/],
  [["query", " "], /the query is empty/],
  [["verify", "extra"], /too many arguments/],
  [["dlq", "show", "nine"], /is not PARTITION:OFFSET/],
  [["verify", "--log-level", "loud"], /--log-level: "loud" is not known/],
];

for (const [args, expected] of mistakes) {
  test(`egx ${args.join(" ")} exits 64 and names the way out`, async (t) => {
    const { code, stdout, stderr } = await runEgx(args, { cwd: temporaryFolder(t) });
    assert.equal(code, 64, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, expected);
    assert.match(stderr, /^error\[E_USAGE\] /);
    assert.match(stderr, /^ {2}hint: /m);
    assert.ok(!hasEscape(stderr));
  });
}

test("a password in an address is refused, and not told", async () => {
  for (const [args, env] of [
    [["lag", "--log", "kafka://me:secret@127.0.0.1:1"], {}],
    [["verify", "--lake", "s3://me:secret@bucket"], {}],
    [["backfill", "--feed", "yahoo"], { EGX_YAHOO_URL: "http://me:secret@127.0.0.1:1/" }],
  ] as const) {
    const { code, stderr } = await runEgx([...args, "--log-level", "debug"], { env });
    assert.ok(code === 64 || code === 78, stderr);
    assert.ok(!stderr.includes("secret"), stderr);
  }
});

test("with --json an error is one JSON line on standard error, and standard output is empty", async () => {
  const { code, stdout, stderr } = await runEgx(["consumer", "--compress", "zip", "--json"]);
  assert.equal(code, 64);
  assert.equal(stdout, "");
  const { error } = errorLine.parse(JSON.parse(stderr));
  assert.deepEqual([error.code, error.exitCode], ["E_USAGE", 64]);
});

test("--log kafka://, --bootstrap and its variable mean the same cluster", async () => {
  // Nothing listens on port 1.
  for (const [args, env] of [
    [["lag", "--log", "kafka://127.0.0.1:1"], {}],
    [["lag", "--bootstrap", "127.0.0.1:1"], {}],
    [["lag", "--bootstrap-servers", "127.0.0.1:1"], {}],
    [["lag"], { KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1" }],
  ] as const) {
    const { code, stderr } = await runEgx(args, { env });
    assert.equal(code, 1);
    assert.match(stderr, /^error\[E_LOG_UNREACHABLE\] .*127\.0\.0\.1:1.*ECONNREFUSED/);
    assert.match(stderr, /hint: Check that the broker runs/);
  }
});

test("a flag goes before the environment, that before the default", async (t) => {
  const cwd = temporaryFolder(t);
  const bad = await runEgx(["verify"], { cwd, env: { EGX_LOG_LEVEL: "loud" } });
  assert.equal(bad.code, 64);
  assert.match(bad.stderr, /EGX_LOG_LEVEL: "loud"/);
  const place = async (args: readonly string[], env: Record<string, string>): Promise<string> =>
    (await runEgx(["verify", ...args], { cwd, env })).stderr;
  assert.match(await place([], {}), /no lake in data\/lake/);
  assert.match(await place([], { EGX_DATA: "one" }), /no lake in one\/lake/);
  assert.match(await place([], { EGX_LAKE: "two" }), /no lake in two\n/);
  assert.match(await place(["--lake", "three"], { EGX_DATA: "one" }), /no lake in three\n/);
  assert.match(await place(["--data", "four"], { EGX_LAKE: "two" }), /no lake in four\/lake/);
  const both = await runEgx(["verify"], { cwd, env: { EGX_LAKE: "two", EGX_DATA: "one" } });
  assert.equal(both.code, 64);
  assert.match(both.stderr, /EGX_DATA and EGX_LAKE exclude each other/);
});
