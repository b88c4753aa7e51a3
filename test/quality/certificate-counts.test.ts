import assert from "node:assert/strict";
import { test } from "node:test";
import { CertificateCounts } from "../../src/quality/certificate-counts.ts";
import { certificatesKey } from "../../src/silver/silver-keys.ts";
import { certifyAt } from "../support/certify-at.ts";
import { certifiedLake } from "../support/certified-lake.ts";
import { makeLake } from "../support/silver-lake.ts";

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

test("before anything is certified there is nothing to count", async (t) => {
  const { lake, scratchFolder } = await makeLake(t);
  assert.deepEqual(await new CertificateCounts(lake, scratchFolder).look(), []);
});
