import type { ApiRevision, RevisionsAnswer } from "../../../../src/serve/api/bars.ts";
import { Num } from "../../components/num.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import { useAnswer } from "../../lib/use-answer.ts";
import { useStore } from "../../lib/use-store.ts";
import type { JSX } from "../../view.ts";
import type { CellProps } from "./quality-props.ts";

const revisionsMax = 100;

type Change = ApiRevision["changed"][number];

/** What changed in the session's bars after they first came. */
export function Versions({
  api,
  i18n,
  live,
  interval,
  symbol,
  date,
}: CellProps): JSX.Element | null {
  const digest = useStore(live.silverDigest);
  const { answer } = useAnswer(
    async (signal) =>
      api.get<RevisionsAnswer>(
        `/symbols/${encodeURIComponent(symbol)}/revisions`,
        { interval, from: date, to: date, limit: revisionsMax },
        signal,
      ),
    `${symbol} ${interval} ${date}`,
    [digest],
  );
  const changed = (answer?.revisions ?? []).filter((revision) => revision.changed.length > 0);
  if (changed.length === 0) return null;
  const { t, format } = i18n;
  return (
    <details>
      <summary>
        {t.quality.versions} (<Num>{format.integer(changed.length)}</Num>)
      </summary>
      <ul>
        {changed.map((revision) => (
          <li key={`${revision.time} ${revision.received} ${revision.source}`}>
            {revision.changed.map((change) => (
              <div key={change.field}>{changeText(i18n, change)}</div>
            ))}
            <span class="muted">
              {i18n.fill(t.quality.receivedFrom, {
                time: format.dateTime(Date.parse(revision.received)),
                source: revision.source,
              })}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function changeText(i18n: I18n, { field, from, to }: Change): string {
  const { t, format } = i18n;
  const text = (value: Change["from"]): string => {
    if (typeof value === "boolean") return value ? t.quality.yes : t.quality.no;
    return field === "volume" ? format.integer(value) : format.price(value);
  };
  return i18n.fill(t.quality.version, {
    field: t.quality.fields[field],
    from: text(from),
    to: text(to),
  });
}
