import { Chip } from "../../components/chip.tsx";
import { Num } from "../../components/num.tsx";
import { staleMs } from "../../lib/stale.ts";
import { useNow } from "../../lib/use-now.ts";
import { useStore } from "../../lib/use-store.ts";
import type { PageProps } from "../../page.ts";
import { useEffect, type JSX } from "../../view.ts";

/** When the newest bar came; in an open market also how long ago, when that is too long. */
export function LastBar({
  i18n,
  live,
  clock,
  heardMs,
}: PageProps & {
  /** When a bar was heard last, by this browser's clock; null before the first. */
  readonly heardMs: number | null;
}): JSX.Element | null {
  const t = i18n.t.market;
  const status = useStore(live.status);
  const skewMs = useStore(live.skewMs);
  const nowMs = useNow(clock) + skewMs;
  const told = status?.lastBarAt ?? null;
  const toldMs = told === null ? -Infinity : Date.parse(told);
  const newest = Math.max(toldMs, heardMs === null ? -Infinity : heardMs + skewMs);
  const lastMs = newest === -Infinity ? null : newest;
  const ageMs = status === null ? null : staleMs(status, lastMs, nowMs);
  const stale = ageMs !== null;
  useEffect(() => {
    // For the style sheet: prices that are not of now are underlined.
    document.documentElement.dataset["stale"] = String(stale);
    return () => {
      delete document.documentElement.dataset["stale"];
    };
  }, [stale]);
  if (lastMs === null) return null;
  return (
    <div>
      <dt>{t.lastBar}</dt>
      <dd>
        <Num>{i18n.format.time(lastMs, true)}</Num>{" "}
        {ageMs !== null && (
          <Chip kind="delayed">{i18n.fill(t.ago, { duration: i18n.format.duration(ageMs) })}</Chip>
        )}
      </dd>
    </div>
  );
}
