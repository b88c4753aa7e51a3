import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import type { Log } from "../../src/log/log.ts";
import { learnPublished, shareOf } from "../../src/producer/learn.ts";
import { PublishedBars } from "../../src/producer/published-bars.ts";
import { givenFeed, passOf } from "../support/given-feed.ts";
import { makeLogFolder, openLog } from "../support/log-folder.ts";
import { until } from "../support/until.ts";
import { barAt, barsEvent } from "./bars.ts";
import { start, topic } from "./run.ts";

suite("learning what is published", () => {
  test("shares what may be read so that as much of it is read as there is", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100), { maxLength: 8 }), fc.nat(600), (sizes, recordsMax) => {
        const partitions = sizes.map((size, partition) => ({ partition, start: 7, end: 7 + size }));
        const share = shareOf(partitions, recordsMax);
        const read = sizes.reduce((sum, size) => sum + Math.min(size, share), 0);
        const all = sizes.reduce((sum, size) => sum + size, 0);
        assert.ok(read <= recordsMax);
        // Less than one record a partition is left over.
        assert.ok(read === all || read > recordsMax - sizes.length);
      }),
    );
  });

  test("goes on where the log begins when retention has passed its offset", async (t) => {
    const log = await openLog(t, await makeLogFolder(t));
    await log.createTopic({
      name: topic,
      partitions: 1,
      retentionMs: null,
      retentionBytes: 20_000,
    });
    await publish(log, 0, 10);
    const info = await log.describeTopic(topic);
    assert.ok(info !== null);
    const published = new PublishedBars();
    let calls = 0;
    const records = await learnPublished({
      log,
      topic: info,
      recordsMax: 1000,
      published,
      signal: new AbortController().signal,
      tried: async (operation) => {
        const answer = await operation();
        calls += 1;
        // Between the question for the offsets and the first read.
        if (calls === 1) await passRetention(log);
        return answer;
      },
    });
    const [offsets] = await log.offsets(topic);
    assert.equal(records, (offsets?.end ?? 0) - (offsets?.start ?? 0));
    assert.equal(published.size, records);
    assert.equal(published.standing(barAt(399)), "unchanged");
    assert.equal(published.standing(barAt(9)), "new");
  });
});

async function publish(log: Log, from: number, to: number): Promise<void> {
  const bars = Array.from({ length: to - from }, (_, index) => barAt(from + index));
  await start(log, givenFeed(passOf(barsEvent(...bars)))).summary;
}

async function passRetention(log: Log): Promise<void> {
  await publish(log, 10, 400);
  await until("retention", async () => ((await log.offsets(topic))[0]?.start ?? 0) > 10);
}
