import type { SymbolAnswer } from "../../../../src/serve/api/symbols.ts";
import { Num, toneOf } from "../../components/num.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import type { JSX } from "../../view.ts";
import type { ShownBar } from "./slots.ts";

export interface SymbolHeadProps {
  readonly i18n: I18n;
  readonly symbol: string;
  readonly facts: SymbolAnswer;
  readonly last: ShownBar | undefined;
  readonly before: ShownBar | undefined;
  readonly intraday: boolean;
}

/** Ticker, names, sector, the last price, and as of when. */
export function SymbolHead(props: SymbolHeadProps): JSX.Element {
  const { i18n, symbol, facts } = props;
  const { name, sector, isin, memberOf } = facts;
  const arabic = i18n.language === "ar";
  const other = arabic ? name.en : name.ar;
  return (
    <div class="symbol-head">
      <div>
        <h1>
          <bdi dir="ltr">{symbol}</bdi> <span class="symbol-name">{i18n.name(name, "")}</span>
        </h1>
        <p class="muted symbol-facts">
          {other !== null && <bdi lang={arabic ? "en" : "ar"}>{other}</bdi>}
          {sector !== null && <bdi>{i18n.name(sector, "")}</bdi>}
          {isin !== null && <Num>{isin}</Num>}
          {memberOf.map((index) => (
            <Num key={index}>{index}</Num>
          ))}
        </p>
      </div>
      <Last {...props} />
    </div>
  );
}

function Last({ i18n, facts, last, before, intraday }: SymbolHeadProps): JSX.Element | null {
  if (last === undefined) return null;
  const { t, format } = i18n;
  const change = before === undefined ? null : last.close - before.close;
  const ratio = change === null || before === undefined ? null : (change / before.close) * 100;
  const time = intraday ? format.dateTime(Date.parse(last.time)) : format.date(last.date);
  return (
    <div class="symbol-last">
      <strong>
        <Num>{format.price(last.close)}</Num>
      </strong>{" "}
      <span class="muted">
        <Num>{facts.currency ?? ""}</Num>
      </span>{" "}
      <Num tone={toneOf(change)}>{`${format.signed(change)} (${format.change(ratio)})`}</Num>
      <p class="muted">{i18n.fill(t.symbol.asOf, { time })}</p>
    </div>
  );
}
