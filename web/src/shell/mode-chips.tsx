import { Chip, type ChipKind } from "../components/chip.tsx";
import type { I18n } from "../i18n/i18n.ts";
import { modeFacts, type ModeFact } from "../lib/mode.ts";
import { useStore } from "../lib/use-store.ts";
import type { PageProps } from "../page.ts";
import type { JSX } from "../view.ts";

const kinds: Readonly<Record<ModeFact["kind"], ChipKind>> = {
  disconnected: "down",
  "feed-down": "down",
  simulated: "sim",
  replay: "sim",
  delayed: "delayed",
  live: "ok",
  stored: "closed",
  unknown: "unknown",
};

/** What the numbers are, on every page; it cannot be dismissed. */
export function ModeChips({ i18n, live }: PageProps): JSX.Element {
  const facts = modeFacts(useStore(live.status), useStore(live.connected));
  return (
    <div class="mode" role="group" aria-label={i18n.t.shell.mode}>
      {facts.map((fact) => (
        <Chip key={fact.kind} kind={kinds[fact.kind]}>
          {modeText(i18n, fact)}
        </Chip>
      ))}
    </div>
  );
}

/** A fact in words. */
export function modeText(i18n: I18n, fact: ModeFact): string {
  const { t, format } = i18n;
  switch (fact.kind) {
    case "disconnected":
      return t.shell.disconnected;
    case "feed-down":
      return i18n.fill(t.shell.feedDown, { time: format.time(Date.parse(fact.since)) });
    case "simulated":
      return t.shell.simulated;
    case "replay":
      return i18n.fill(t.shell.replay, { speed: format.integer(fact.speed) });
    case "delayed":
      return i18n.fill(t.shell.delayed, { minutes: format.integer(fact.minutes) });
    case "live":
      return t.shell.live;
    case "stored":
      return t.shell.stored;
    default:
      return t.shell.dataUnknown;
  }
}
