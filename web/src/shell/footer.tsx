import { useStore } from "../lib/use-store.ts";
import type { PageProps } from "../page.ts";
import type { JSX } from "../view.ts";

/** Version, the API's page, and the notice that the chart library asks for. */
export function Footer({ i18n, live }: PageProps): JSX.Element {
  const t = i18n.t.shell;
  const version = useStore(live.status)?.version;
  return (
    <footer class="footer muted">
      <span>
        {t.productLong}
        {version !== undefined && <> · {i18n.fill(t.version, { version })}</>}
      </span>
      <span>
        <a href="/api" target="_blank" rel="noreferrer">
          {t.api}
        </a>
      </span>
      <span>
        {t.charts}{" "}
        <a href="https://www.tradingview.com/" target="_blank" rel="noreferrer" lang="en" dir="ltr">
          TradingView Lightweight Charts™
        </a>
      </span>
    </footer>
  );
}
