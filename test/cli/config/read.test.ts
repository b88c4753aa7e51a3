import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "../../../src/base/errors.ts";
import { commands } from "../../../src/cli/commands.ts";
import { schemas } from "../../../src/cli/config/schemas.ts";
import { readConfig } from "../../../src/cli/config/read.ts";
import { configSchema, factsOf, settingNames } from "../../../src/cli/config/settings.ts";

test("no command has a flag twice, no two settings a variable, and every one is used", () => {
  for (const { name, settings } of commands) {
    const flags = settings.flatMap((setting) => factsOf(setting).flags);
    assert.equal(new Set(flags).size, flags.length, name);
  }
  const variables = settingNames.map((name) => factsOf(name).env).filter((env) => env !== null);
  assert.equal(new Set(variables).size, variables.length);
  for (const name of settingNames) {
    assert.ok(
      commands.some(({ settings }) => settings.includes(name)),
      name,
    );
  }
});

test("every default is understood by its own setting", () => {
  const { config } = readConfig(configSchema, new Map(), {});
  assert.deepEqual([config.topic, config.symbols, config.once], ["egx_market_data", "all", false]);
});

test("durations are seconds outside and milliseconds inside; sizes are bytes", () => {
  const { config } = readConfig(
    schemas.consumer,
    new Map([
      ["flushIntervalMs", "0.25"],
      ["flushBytes", "1048576"],
    ]),
    { EGX_FLUSH_RECORDS: "7", EGX_COMPRESS: "" },
  );
  assert.deepEqual(
    [config.flushIntervalMs, config.flushBytes, config.flushRecords, config.compress],
    [250, 1_048_576, 7, "none"],
  );
});

test("switches are set by their flag, or said in the environment", () => {
  const live = (value: string): boolean =>
    readConfig(schemas.producer, new Map(), { EGX_LIVE: value }).config.live;
  assert.deepEqual(["true", "1", "no", "0", ""].map(live), [true, true, false, false, false]);
  assert.throws(
    () => live("perhaps"),
    (error) => hasCode(error, "E_USAGE"),
  );
  assert.equal(readConfig(schemas.producer, new Map([["live", true]]), {}).config.live, true);
});

test("losses are parsed, several of them too", () => {
  const ranges = ["egx_market_data/3:120-180", "other/0:5-5"];
  const { config } = readConfig(schemas.consumer, new Map([["acceptLoss", ranges]]), {});
  assert.deepEqual(config.acceptLoss, [
    { topic: "egx_market_data", partition: 3, first: 120, last: 180 },
    { topic: "other", partition: 0, first: 5, last: 5 },
  ]);
});

test("a date for --as-of means its end in Cairo", () => {
  const asOf = (value: string): string | undefined =>
    readConfig(schemas.query, new Map([["asOf", value]]), {}).config.asOf?.toString();
  assert.equal(asOf("2025-11-24"), "2025-11-24T21:59:59.999Z");
  assert.equal(asOf("2025-07-01"), "2025-07-01T20:59:59.999Z");
  assert.equal(asOf("2025-11-24T10:00:00+02:00"), "2025-11-24T08:00:00Z");
});
