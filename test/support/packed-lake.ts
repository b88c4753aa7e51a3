import type { TestContext } from "node:test";
import { sha256Hex, utf8 } from "../../src/base/bytes.ts";
import { ensureLakeKind } from "../../src/ledger/lake-kind.ts";
import { encodeEntry, type EntryObject } from "../../src/ledger/entry.ts";
import { type ChainId, entryKey, streamingKey } from "../../src/ledger/layout.ts";
import { barDate, type Bar } from "../../src/market/bar.ts";
import { encodeBar } from "../../src/market/codec.ts";
import type { Interval } from "../../src/market/interval.ts";
import { storedLine } from "../../src/market/stored-line.ts";
import type { SilverSeries } from "../../src/quality/silver-bar.ts";
import { makeLake, type TestLake } from "./silver-lake.ts";

const barsPerObject = 20_000;

/**
 * A lake with silver, of bars that lie in a few large objects: what takes minutes as one object a
 * date and symbol takes seconds.
 */
export async function packedLake(t: TestContext, bars: readonly Bar[]): Promise<TestLake> {
  const made = await makeLake(t);
  await ensureLakeKind(made.lake, "real");
  const chain: ChainId = { topic: "egx_market_data", logId: "9f3c21ab", partition: 0 };
  const objects: EntryObject[] = [];
  for (let first = 0; first < bars.length; first += barsPerObject) {
    const part = bars.slice(first, first + barsPerObject);
    const [start] = part;
    if (start === undefined) continue;
    const { logId, partition } = chain;
    const lines = utf8(
      part
        .map((bar, at) => storedLine(encodeBar(bar), { logId, partition, offset: first + at }))
        .map((line) => `${line}\n`)
        .join(""),
    );
    const key = streamingKey({
      prefix: "streaming/",
      chain,
      date: barDate(start),
      symbol: start.symbol,
      first,
      last: first + part.length - 1,
      compression: "none",
    });
    objects.push({ key, records: part.length, bytes: lines.length, sha256: sha256Hex(lines) });
    await made.lake.put(key, lines);
  }
  const entry = encodeEntry({
    format: 1,
    log: chain.logId,
    topic: chain.topic,
    partition: chain.partition,
    start: 0,
    end: bars.length,
    prev: null,
    records: bars.length,
    objects,
    dead_letters: [],
    absent: [],
    writer: "test",
    created: "2025-11-24T16:00:00.000Z",
  });
  await made.lake.create(entryKey(chain, 0), entry.bytes);
  await made.build();
  return made;
}

/** The bars of series, as a recorded file would give them. */
export function barsOf(
  market: readonly SilverSeries[],
  interval: Interval,
  source = "csv:real.csv",
): readonly Bar[] {
  return market.flatMap(({ exchange, symbol, bars }) =>
    bars.map((bar): Bar => {
      const { startMs, open, high, low, close, volume, ingestedMs, final } = bar;
      const prices = { open, high, low, close, volume };
      const facts = { source, currency: "EGP", adjusted: "splits" } as const;
      return { symbol, exchange, interval, startMs, ...prices, ingestedMs, final, ...facts };
    }),
  );
}
