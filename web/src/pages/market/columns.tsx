import type { Quote } from "../../../../src/serve/api/market.ts";
import { Num, toneOf } from "../../components/num.tsx";
import type { Column } from "../../components/table.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import { addressOf } from "../../router.ts";

/** The columns of the market's table. */
export function quoteColumns(i18n: I18n): readonly Column<Quote>[] {
  const { format } = i18n;
  const t = i18n.t.market;
  const number = (
    key: "last" | "open" | "high" | "low" | "volume" | "turnover" | "marketValue",
    write: (value: number | null) => string,
  ): Column<Quote> => ({
    key,
    title: t.columns[key],
    numeric: true,
    cell: (quote) => <Num>{write(quote[key])}</Num>,
    sort: (quote) => quote[key],
  });
  const price = (value: number | null): string => format.price(value);
  const compact = (value: number | null): string => format.compact(value);
  return [
    {
      key: "symbol",
      title: t.columns.symbol,
      cell: ({ symbol }) => (
        <a href={addressOf("symbol", symbol)}>
          <bdi dir="ltr" class="ticker">
            {symbol}
          </bdi>
        </a>
      ),
      sort: ({ symbol }) => symbol,
    },
    {
      key: "name",
      title: t.columns.name,
      cell: ({ name, symbol }) => <bdi class="name">{i18n.name(name, symbol)}</bdi>,
      sort: ({ name, symbol }) => i18n.name(name, symbol),
    },
    number("last", price),
    changeColumn(i18n),
    number("volume", (value) => format.integer(value)),
    number("turnover", compact),
    number("open", price),
    number("high", price),
    number("low", price),
    number("marketValue", compact),
    {
      key: "sector",
      title: t.columns.sector,
      cell: ({ sector }) => <bdi>{i18n.name(sector, t.noSector)}</bdi>,
      sort: ({ sector }) => (sector === null ? null : i18n.name(sector, "")),
    },
    {
      key: "state",
      title: t.columns.state,
      cell: ({ state, final }) => (state === "traded" && !final ? t.provisional : t.states[state]),
      sort: ({ state }) => t.states[state],
    },
  ];
}

/** The change in percent, coloured and signed. */
export function changeColumn(i18n: I18n): Column<Quote> {
  return {
    key: "changeRatio",
    title: i18n.t.market.columns.changeRatio,
    numeric: true,
    cell: ({ changeRatio }) => (
      <Num tone={toneOf(changeRatio)}>
        {i18n.format.change(changeRatio === null ? null : changeRatio * 100)}
      </Num>
    ),
    sort: ({ changeRatio }) => changeRatio,
  };
}
