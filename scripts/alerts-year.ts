/**
 * A simulated year under the shipped alert rules: `npm run test:alerts-year [-- --year 2025 --seed 1
 * --days 365 --jobs 2]`.
 *
 * One pipeline lives through the year on a clock of its own, by our calendar, and real Prometheus
 * (promtool) looks at what it shows, every day from midnight to midnight. Every second session the
 * feed falls silent for some minutes at a moment drawn by the seed. Fails when an alert fires on a
 * day without an outage or before it, or when an outage is not told within two minutes of market
 * time. Says how long it took; some ten to twenty minutes on two cores.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { seededRandom, randomInt } from "../src/base/random.ts";
import { limitTo } from "../src/base/limit.ts";
import { egxCalendar, sessionOf, type Session } from "../src/market/calendar.ts";
import { fires, judge, quietUntil, type Expected } from "../test/support/alerts/judge-rules.ts";
import { delayMs, SimulatedPipeline, stepMs } from "../test/support/alerts/market-series.ts";

const { values: given } = parseArgs({
  options: {
    year: { type: "string", default: "2025" },
    seed: { type: "string", default: "1" },
    days: { type: "string", default: "365" },
    jobs: { type: "string", default: "2" },
  },
});

const minuteMs = 60_000;
const outageMs = 6 * minuteMs;
/** An outage is told within this time. */
const toldWithinMs = 2 * minuteMs;

const calendar = egxCalendar();
const random = seededRandom(Number(given.seed));
const first = Temporal.PlainDate.from(`${given.year}-01-01`);
const startedMs = performance.now();
const limit = limitTo(Number(given.jobs));
const judging: Promise<void>[] = [];
const complaints: string[] = [];
let [sessions, outages] = [0, 0];

const pipeline = new SimulatedPipeline(calendar, midnight(first) - 60 * minuteMs);
for (let day = 0; day < Number(given.days); day += 1) {
  const date = first.add({ days: day });
  const session = sessionOf(calendar, date);
  if (session !== null) sessions += 1;
  const outage = session !== null && sessions % 2 === 0 ? draw(session) : null;
  if (outage !== null) outages += 1;
  const [fromMs, toMs] = [midnight(date), midnight(date.add({ days: 1 })) - stepMs];
  const series = await pipeline.series({
    fromMs,
    toMs,
    ...(outage === null ? {} : { outage: [outage, outage + outageMs] as const }),
  });
  const expected = outage === null ? [quietUntil(toMs - fromMs)] : told(outage - fromMs);
  judging.push(
    limit(async () => {
      const complaint = await judge(series, expected);
      if (complaint !== "") complaints.push(`${date.toString()}: ${complaint}`);
    }),
  );
  // So many days wait at the most, each with its series in memory.
  if (judging.length > 8) await judging.shift();
}
await Promise.all(judging);

const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
for (const complaint of complaints) console.error(complaint);
console.log(
  `${given.days} days of ${given.year}, ${sessions} sessions, ${outages} outages: ` +
    `${complaints.length} complaints, in ${seconds} s`,
);
if (complaints.length > 0) process.exitCode = 1;

/** When the feed falls silent: anywhere from its opening to some minutes before trading ends. */
function draw(session: Session): number {
  const { openMs, phases } = session;
  const endMs = phases.find(({ name }) => name === "continuous")?.endMs ?? session.closeMs;
  const minutes = Math.floor((endMs - openMs) / minuteMs);
  return openMs + delayMs + randomInt(random, minutes - 4) * minuteMs;
}

/** Nothing before the outage, and the right alert within two minutes of it. */
function told(afterMs: number): readonly Expected[] {
  return [quietUntil(afterMs - stepMs), fires(afterMs + toldWithinMs, "EgxFeedSilent", true)];
}

function midnight(date: Temporal.PlainDate): number {
  return date.toZonedDateTime("Africa/Cairo").epochMilliseconds;
}
