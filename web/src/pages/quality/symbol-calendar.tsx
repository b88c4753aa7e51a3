import type { CalendarAnswer } from "../../../../src/serve/api/calendar.ts";
import { useAnswer } from "../../lib/use-answer.ts";
import { useMemo, useRef, type JSX } from "../../view.ts";
import { calendarMonths, type MonthWeeks, type WeekDay } from "./calendar-weeks.ts";
import { cellText, stateText } from "./cell-text.ts";
import { cellClass } from "./cell-class.ts";
import type { MatrixRow } from "./matrix-rows.ts";
import type { MatrixScene } from "./quality-props.ts";
import { rangeOf } from "./quality-choice.ts";

interface CalendarProps extends MatrixScene {
  readonly row: MatrixRow;
}

/** A year of one symbol: weeks from Sunday to Thursday, Sunday at the start of the line. */
export function SymbolCalendar(props: CalendarProps): JSX.Element {
  const { api, i18n, matrix, rows, row, choice, newest, choose } = props;
  const { t, format } = i18n;
  const { from, to } = rangeOf("calendar", choice.to ?? newest);
  // Without it closed days are drawn all the same, and do not say why.
  const { answer } = useAnswer(
    async (signal) => api.get<CalendarAnswer>("/calendar", { from, to }, signal),
    `${from} ${to}`,
  );
  const months = useMemo(
    () => calendarMonths(matrix.sessions, row.runs, answer?.days ?? []).toReversed(),
    [matrix, row, answer],
  );
  return (
    <>
      <div class="matrix-controls">
        <label>
          <span>{t.quality.symbol}</span>
          <select
            value={row.symbol}
            onChange={(event) => choose({ symbol: event.currentTarget.value, date: null })}
          >
            {rows.map((one) => (
              <option key={one.symbol} value={one.symbol} selected={one === row}>
                {`${one.symbol} · ${i18n.name(one.name, one.symbol)}`}
              </option>
            ))}
          </select>
        </label>
        <span class="muted">
          {i18n.fill(t.quality.calendarCount, {
            missing: format.integer(row.missing),
            degraded: format.integer(row.degraded),
            completeness: format.share(row.completeness),
          })}
        </span>
      </div>
      <div
        class="calendar-months"
        aria-label={i18n.fill(t.quality.calendarOf, { symbol: row.symbol })}
      >
        {months.map((month) => (
          <Month key={month.month} {...props} month={month} />
        ))}
      </div>
    </>
  );
}

function Month({ month, ...props }: CalendarProps & { readonly month: MonthWeeks }): JSX.Element {
  const { i18n } = props;
  const { weekdays, weeks } = month;
  const table = useRef<HTMLTableElement>(null);
  const first = weeks.flat().find(({ kind }) => kind === "session");
  const move = (event: KeyboardEvent): void => moveFocus(table.current, event, weekdays.length);
  return (
    <table ref={table} class="calendar-month" role="grid" onKeyDown={move}>
      <caption>{i18n.format.month(`${month.month}-01`)}</caption>
      <thead>
        <tr>
          {weekdays.map((weekday) => (
            <th key={weekday} scope="col">
              {i18n.format.weekday(aSunday + weekday * msPerDay, true)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week, at) => (
          <tr key={at}>
            {week.map((day, weekday) => (
              <td key={weekday} role="gridcell">
                <Day {...props} day={day} isFirst={day === first} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const msPerDay = 86_400_000;
const aSunday = Date.UTC(2026, 2, 1, 10);

function Day({
  day,
  isFirst,
  ...props
}: CalendarProps & { readonly day: WeekDay; readonly isFirst: boolean }): JSX.Element | null {
  const { i18n, row, running, choice, open } = props;
  const { t, format } = i18n;
  if (day.kind === "blank") return null;
  const number = format.integer(Number(day.date.slice(8)));
  if (day.kind === "closed") {
    const why =
      day.reason === null
        ? t.quality.closed
        : i18n.fill(t.quality.closedFor, { reason: i18n.name(day.reason, "") });
    return (
      <span class="session-cell closed" title={why}>
        <span aria-hidden="true">{number}</span>
        <span class="heard">{`${format.longDate(day.date)}, ${why}`}</span>
      </span>
    );
  }
  const { cell, date } = day;
  const isRunning = date === running && cell.state === "p";
  const state = stateText(i18n, cell, isRunning);
  return (
    <button
      type="button"
      class={cellClass(cell, isRunning)}
      tabIndex={isFirst ? 0 : -1}
      aria-pressed={date === choice.date && row.symbol === choice.symbol}
      aria-label={cellText(i18n, row.symbol, format.longDate(date), state)}
      title={state}
      onClick={() => open(row.symbol, date)}
    >
      {number}
    </button>
  );
}

/** Arrows go to the neighbour that is seen there: in Arabic the next day is at the left. */
function moveFocus(table: HTMLTableElement | null, event: KeyboardEvent, columns: number): void {
  const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  const backward = forward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
  const steps: Readonly<Record<string, number>> = {
    [forward]: 1,
    [backward]: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
  };
  const step = steps[event.key];
  if (table === null || step === undefined) return;
  event.preventDefault();
  const places = [...table.querySelectorAll("td")];
  let at = places.findIndex((place) => place.contains(document.activeElement));
  for (at += step; at >= 0 && at < places.length; at += Math.sign(step) * Math.abs(step)) {
    const button = places[at]?.querySelector("button") ?? null;
    if (button === null) continue;
    for (const before of table.querySelectorAll("button")) before.tabIndex = -1;
    button.tabIndex = 0;
    button.focus();
    return;
  }
}
