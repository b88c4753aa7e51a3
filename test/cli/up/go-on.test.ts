import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../src/base/random.ts";
import { goOn } from "../../../src/cli/up/go-on.ts";
import { simulatorFeed } from "../../../src/feeds/simulator.ts";
import { parseInterval } from "../../../src/market/interval.ts";
import { Messages } from "../../../src/producer/messages.ts";
import { answerOf, never } from "../../feeds/events.ts";
import { JumpClock } from "../../feeds/jump-clock.ts";
import { makeLogFolder, openLog } from "../../support/log-folder.ts";

const topic = "bars";
const startDate = Temporal.PlainDate.from("2025-11-24");
const request = { symbols: "all", interval: parseInterval("1m") } as const;

/** An exchange that plays one session, a minute a second. */
function exchange(clock: JumpClock): ReturnType<typeof simulatorFeed> {
  return simulatorFeed({ seed: 7, speed: 60, clock, startDate, sessions: 1, symbols: 20 });
}

test("a simulation that is started again waits for nothing that its log holds", async (t) => {
  const log = await openLog(t, await makeLogFolder(t), { random: seededRandom(1) });
  await log.createTopic({ name: topic, partitions: 3, retentionMs: null, retentionBytes: null });
  const { bars } = await answerOf(exchange(new JumpClock()).live(request, never));
  const openMs = Date.parse("2025-11-24T10:00:00+02:00");
  const before = bars.filter((bar) => bar.ingestedMs <= openMs + 90 * 60_000);
  const sleptSeconds = async (): Promise<number> => {
    const clock = new JumpClock();
    const feed = exchange(clock);
    await goOn({ log, topic, plan: { feed, kind: "simulated", request, simulation: feed } });
    const again = await answerOf(feed.live(request, never));
    assert.equal(again.bars.length, bars.length);
    return Math.round(clock.sleptMs / 1000);
  };
  assert.equal(await sleptSeconds(), 270);
  const producer = await log.producer(topic);
  const messages = new Messages();
  await producer.send(before.map((bar) => messages.bar(bar)));
  await producer.close();
  assert.equal(await sleptSeconds(), 180);
});
