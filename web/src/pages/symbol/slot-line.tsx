import { Chip } from "../../components/chip.tsx";
import { Num, toneOf } from "../../components/num.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import type { JSX } from "../../view.ts";
import type { Slot } from "./slots.ts";

/** The numbers of the bar under the pointer, above the chart. */
export function SlotLine({
  i18n,
  slot,
  previousClose,
  intraday,
}: {
  readonly i18n: I18n;
  readonly slot: Slot | undefined;
  readonly previousClose: number | null;
  readonly intraday: boolean;
}): JSX.Element {
  const { t, format } = i18n;
  if (slot === undefined) return <p class="slot-line">{t.symbol.noBars}</p>;
  if (slot.kind !== "bar") {
    return (
      <p class="slot-line">
        <bdi>{format.longDate(slot.gap.date)}</bdi>
        <Chip kind={slot.kind === "no-trade" ? "closed" : "warn"}>
          {t.symbol.gapStates[slot.gap.state]}
        </Chip>
      </p>
    );
  }
  const { bar } = slot;
  const change = previousClose === null ? null : (bar.close / previousClose - 1) * 100;
  const numbers = [
    [t.symbol.open, format.price(bar.open)],
    [t.symbol.high, format.price(bar.high)],
    [t.symbol.low, format.price(bar.low)],
    [t.symbol.close, format.price(bar.close)],
    [t.symbol.volume, format.compact(bar.volume)],
  ] as const;
  return (
    <p class="slot-line">
      <bdi class="slot-date">
        {format.longDate(bar.date)} {intraday && <Num>{format.time(Date.parse(bar.time))}</Num>}
      </bdi>
      {numbers.map(([name, value]) => (
        <span key={name}>
          <span class="muted">{name}</span> <bdi>{value}</bdi>
        </span>
      ))}
      <Num tone={toneOf(change)}>{format.change(change)}</Num>
      {!bar.final && <Chip kind="delayed">{t.symbol.provisional}</Chip>}
      {bar.revisions > 1 && <Chip kind="revised">{t.symbol.revised}</Chip>}
      {bar.suspect.length > 0 && <Chip kind="warn">{t.symbol.suspect}</Chip>}
    </p>
  );
}

/** A slot as it is read out. */
export function slotText({ t, format, ...i18n }: I18n, slot: Slot): string {
  if (slot.kind !== "bar") {
    return `${format.longDate(slot.gap.date)}: ${t.symbol.gapStates[slot.gap.state]}`;
  }
  const { bar } = slot;
  return i18n.fill(t.symbol.said, {
    date: `${format.longDate(bar.date)} ${format.time(Date.parse(bar.time))}`,
    close: format.price(bar.close),
    high: format.price(bar.high),
    low: format.price(bar.low),
  });
}
