import assert from "node:assert/strict";
import { test } from "node:test";
import { parseInterval } from "../../src/market/interval.ts";
import { CertificateCounts } from "../../src/quality/certificate-counts.ts";
import { certificatesKey } from "../../src/silver/silver-keys.ts";
import { certifyAt } from "../support/certify-at.ts";
import { certifiedLake } from "../support/certified-lake.ts";
import { barOf, LakeWriter, makeLake } from "../support/silver-lake.ts";

test("certificates of the newest session are counted by state, and read only when they change", async (t) => {
  const held = await certifiedLake(t);
  const counts = new CertificateCounts(held.lake, held.scratchFolder);
  const states = { complete: 9, degraded: 0, pending: 0, missing: 1 };
  const first = [{ interval: "1d", date: "2025-11-24", states }];
  assert.deepEqual(await counts.look(), first);
  await held.lake.delete(certificatesKey("interval=1d/year=2025"));
  assert.deepEqual(await counts.look(), first, "the second look reads the state alone");
  const anew = new CertificateCounts(held.lake, held.scratchFolder);
  assert.deepEqual(await anew.look(), [], "who looks first needs the object");
});

test("certificates that were drawn up anew are counted anew", async (t) => {
  const held = await certifiedLake(t);
  const counts = new CertificateCounts(held.lake, held.scratchFolder);
  await counts.look();
  // By a clock on which that session has not begun.
  await certifyAt(held, "2025-11-24T06:00:00Z");
  const [earlier] = await counts.look();
  assert.equal(earlier?.date, "2025-11-23");
  assert.equal(earlier.states.complete, 10);
});

test("on the first day of a month, until its session has ended, the last one counts", async (t) => {
  const held = await makeLake(t);
  const minute = parseInterval("1m");
  const at = (date: string): number => Date.parse(`${date}T10:00:00+02:00`);
  const dates = ["2025-11-26", "2025-11-27", "2025-11-30", "2025-12-01"];
  const bars = dates.map((date) =>
    barOf({ startMs: at(date), interval: minute, volume: at(date) }),
  );
  await new LakeWriter(held.lake).append(bars);
  await held.build();
  await certifyAt(held, "2025-12-01T09:00:00Z");
  const counts = new CertificateCounts(held.lake, held.scratchFolder);
  assert.deepEqual(
    (await counts.look()).map(({ interval, date }) => [interval, date]),
    [["1m", "2025-11-30"]],
  );
  await certifyAt(held, "2025-12-01T13:00:00Z");
  assert.equal((await counts.look())[0]?.date, "2025-12-01");
});

test("before anything is certified there is nothing to count", async (t) => {
  const { lake, scratchFolder } = await makeLake(t);
  assert.deepEqual(await new CertificateCounts(lake, scratchFolder).look(), []);
});
