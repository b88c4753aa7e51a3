import type { TestContext } from "node:test";
import { json, serveAs, type Answer, type Asked, type ServiceStandIn } from "./server.ts";
import type { MadeUpBar } from "./minutes.ts";

/** What the stand-in has of a symbol (`COMI.CA`). */
export interface YahooSeries {
  readonly bars: readonly MadeUpBar[];
  readonly currency?: string;
  readonly exchange?: string;
  readonly splits?: readonly {
    readonly atMs: number;
    readonly numerator: number;
    readonly denominator: number;
  }[];
  /** The adjusted close of each bar; default its close. */
  readonly adjusted?: readonly (number | null)[];
  /** Times in seconds at which a row is all null. */
  readonly holes?: readonly number[];
}

export interface YahooStandIn extends ServiceStandIn {
  /** Whether the last bar trades more with each request. */
  forming: boolean;
}

const minuteDaysMax = 8;

/** Yahoo's chart, as it answers for the series of an interval, by the symbol at Yahoo. */
export async function yahooStandIn(
  t: TestContext,
  series: Readonly<Record<string, YahooSeries>>,
): Promise<YahooStandIn> {
  let extra = 0;
  const server = await serveAs(t, (asked) => {
    if (standIn.forming) extra += 1;
    return chartOf(asked, series, extra);
  });
  const standIn: YahooStandIn = { ...server, forming: false };
  return standIn;
}

function chartOf(
  { url }: Asked,
  all: Readonly<Record<string, YahooSeries>>,
  extra: number,
): Answer {
  const [, symbol = ""] = /^\/v8\/finance\/chart\/([^/]+)$/.exec(url.pathname) ?? [];
  const series = all[decodeURIComponent(symbol)];
  if (series === undefined) {
    return refusal(404, "Not Found", "No data found, symbol may be delisted");
  }
  const [first, last] = [url.searchParams.get("period1"), url.searchParams.get("period2")];
  const [fromMs, toMs] = [Number(first) * 1000, Number(last) * 1000];
  if (url.searchParams.get("interval") === "1m" && toMs - fromMs > minuteDaysMax * 86_400_000) {
    return refusal(
      422,
      "Unprocessable Entity",
      `1m data not available for startTime=${first} and endTime=${last}. Only 8 days worth of 1m ` +
        "granularity data are allowed to be fetched per request.",
    );
  }
  const places = series.bars.keys().filter((place) => {
    const atMs = series.bars[place]?.atMs ?? 0;
    return atMs >= fromMs && atMs < toMs;
  });
  return json({ chart: { result: [resultOf(series, [...places], extra)], error: null } });
}

function resultOf(series: YahooSeries, places: readonly number[], extra: number): unknown {
  const { bars, currency = "EGP", exchange = "CAI", splits = [], adjusted, holes = [] } = series;
  const newest = bars.length - 1;
  const column = (value: (bar: MadeUpBar, place: number) => number | null): (number | null)[] =>
    places.map((place) => {
      const bar = bars[place];
      return bar === undefined || holes.includes(bar.atMs / 1000) ? null : value(bar, place);
    });
  const meta = { currency, exchangeName: exchange, exchangeTimezoneName: "Africa/Cairo" };
  // Without a bar the chart has no stamps and an empty quote.
  if (places.length === 0) return { meta, indicators: { quote: [{}], adjclose: [{}] } };
  return {
    meta,
    timestamp: places.map((place) => (bars[place]?.atMs ?? 0) / 1000),
    ...(splits.length === 0
      ? {}
      : {
          events: {
            splits: Object.fromEntries(
              splits.map(({ atMs, numerator, denominator }) => [
                atMs / 1000,
                {
                  date: atMs / 1000,
                  numerator,
                  denominator,
                  splitRatio: `${numerator}:${denominator}`,
                },
              ]),
            ),
          },
        }),
    indicators: {
      quote: [
        {
          open: column((bar) => bar.open),
          high: column((bar) => bar.high),
          low: column((bar) => bar.low),
          close: column((bar) => bar.close),
          volume: column((bar, place) => bar.volume + (place === newest ? extra : 0)),
        },
      ],
      adjclose: [{ adjclose: column((bar, place) => adjusted?.[place] ?? bar.close) }],
    },
  };
}

function refusal(status: number, code: string, description: string): Answer {
  return json({ chart: { result: null, error: { code, description } } }, status);
}
