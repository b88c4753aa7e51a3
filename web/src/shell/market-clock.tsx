import { Chip } from "../components/chip.tsx";
import { Num } from "../components/num.tsx";
import { playedKind } from "../lib/mode.ts";
import type { PageProps } from "../page.ts";
import { useNow } from "../lib/use-now.ts";
import { useStore } from "../lib/use-store.ts";
import type { JSX } from "../view.ts";
import { PlayedSession } from "./played-session.tsx";

/**
 * Cairo's time by the server's clock, the phase of the session, and when it changes; of a session
 * that is played, how far it has come.
 */
export function MarketClock({ i18n, live, clock }: PageProps): JSX.Element {
  const t = i18n.t.shell;
  const status = useStore(live.status);
  const skewMs = useStore(live.skewMs);
  const nowMs = useNow(clock);
  const played = playedKind(status);
  return (
    <div class="clock">
      <span title={t.clock}>
        <span class="muted">{t.cairo}</span> <Num>{i18n.format.time(nowMs + skewMs, true)}</Num>
      </span>
      {status !== null && played === null && <Phase i18n={i18n} market={status.market} />}
      {played !== null && <PlayedSession i18n={i18n} live={live} kind={played} />}
    </div>
  );
}

type Market = NonNullable<ReturnType<PageProps["live"]["status"]["get"]>>["market"];

function Phase({
  i18n,
  market,
}: {
  readonly i18n: PageProps["i18n"];
  readonly market: Market;
}): JSX.Element {
  const { t, format } = i18n;
  const { phase } = market;
  const changeMs = Date.parse(market.nextChange);
  const openMs = Date.parse(market.nextOpen);
  const when =
    phase === "closed"
      ? i18n.fill(t.shell.opensAt, {
          day: format.weekday(openMs),
          time: format.time(openMs),
        })
      : i18n.fill(t.shell.closesAt, { time: format.time(changeMs) });
  const holiday = i18n.name({ en: market.holiday, ar: market.holidayAr }, "");
  return (
    <Chip kind={phase === "closed" ? "closed" : "ok"} title={format.longDate(openMs)}>
      {t.shell.phases[phase]}
      {phase === "closed" && holiday !== "" && ` (${holiday})`}
      <span class="chip-more"> · {when}</span>
    </Chip>
  );
}
