import { Chip, type ChipKind } from "../components/chip.tsx";
import { useStore } from "../lib/use-store.ts";
import type { PageProps } from "../page.ts";
import { addressOf, type PageName } from "../router.ts";
import type { JSX } from "../view.ts";
import { MarketClock } from "./market-clock.tsx";
import { ModeChips } from "./mode-chips.tsx";
import { Search } from "./search.tsx";
import { Settings } from "./settings.tsx";

const pages = ["market", "quality", "pipeline", "sql"] as const;

export function Header(props: PageProps): JSX.Element {
  const { i18n, route, prefs } = props;
  const t = i18n.t.shell;
  const other = i18n.language === "ar" ? "en" : "ar";
  return (
    <header class="header">
      <div class="header-row">
        <a href="/" class="mark" aria-label={`${t.product}: ${t.productLong}`}>
          <img src="/assets/icon.svg" alt="" width="26" height="26" />
          <span>{t.product}</span>
        </a>
        <nav aria-label={t.pages}>
          {pages.map((page) => (
            <a key={page} href={addressOf(page)} aria-current={current(page, route.page)}>
              {t[page]}
            </a>
          ))}
        </nav>
        <Search {...props} />
        <button
          type="button"
          class="language"
          lang={other}
          aria-label={t.switchLanguage}
          onClick={() => prefs.set({ ...prefs.get(), language: other })}
        >
          {t.language}
        </button>
        <Settings {...props} />
      </div>
      <div class="header-row header-state">
        <ModeChips {...props} />
        <MarketClock {...props} />
        <Health {...props} />
      </div>
    </header>
  );
}

/** A symbol's page belongs to the market. */
function current(page: PageName, shown: PageName | null): "page" | "true" | undefined {
  if (page === shown) return "page";
  return page === "market" && shown === "symbol" ? "true" : undefined;
}

const healthKinds = {
  ok: "ok",
  closed: "closed",
  unknown: "unknown",
  behind: "delayed",
  warn: "warn",
  down: "down",
} as const satisfies Record<string, ChipKind>;

function Health({ i18n, live }: PageProps): JSX.Element {
  const t = i18n.t.shell;
  const state = useStore(live.status)?.state ?? "unknown";
  return (
    <a class="health" href="/pipeline" aria-label={`${t.health}: ${t.states[state]}`}>
      <Chip kind={healthKinds[state]}>{t.states[state]}</Chip>
    </a>
  );
}
