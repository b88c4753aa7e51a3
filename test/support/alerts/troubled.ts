import assert from "node:assert/strict";
import path from "node:path";
import type { TestContext } from "node:test";
import { utf8 } from "../../../src/base/bytes.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { openFolderLake } from "../../../src/lake/folder-lake.ts";
import { closeGap, openGap } from "../../../src/ledger/gaps.ts";
import { openSqliteLog } from "../../../src/log/sqlite-log.ts";
import { runEgx, temporaryFolder } from "../../cli/run-egx.ts";
import { symbol } from "./feeding.ts";

export const topic = "egx_market_data";

/** A data folder with a dead letter and a hole that are open; and what ends them. */
export async function troubled(
  t: TestContext,
): Promise<{ data: string; mend: () => Promise<void> }> {
  const data = temporaryFolder(t);
  await runEgx(["topics", "create", "--data", data]);
  const ports = { clock: systemClock, random: systemRandom };
  const log = await openSqliteLog({ folder: path.join(data, "log"), ...ports });
  const producer = await log.producer(topic);
  await producer.send([{ key: null, value: utf8("no bar") }]);
  await producer.close();
  await log.close();
  await runEgx(["consumer", "--once", "--data", data]);
  const folder = path.join(data, "lake");
  const lake = await openFolderLake({ folder, create: false, clock: systemClock });
  t.after(() => lake.close());
  const date = "2025-11-24";
  const format = 1;
  const gap = await openGap(lake, {
    format,
    kind: "gap",
    exchange: "EGX",
    symbol,
    interval: "1 Minute",
    from: date,
    to: date,
    defects: ["missing"],
    time: 1,
    opened: `${date}T15:00:00Z`,
  });
  const mend = async (): Promise<void> => {
    await closeGap(lake, {
      format,
      kind: "gap-closed",
      gap,
      outcome: "waived",
      healed: [],
      waived: [[date, "known"]],
      unhealable: [],
      source: "tradingview",
      closed: `${date}T16:00:00Z`,
    });
    const waived = await runEgx(["dlq", "waive", "--all", "--reason", "known", "--data", data]);
    assert.equal(waived.code, 0, waived.stderr);
  };
  return { data, mend };
}
