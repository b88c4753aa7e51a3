import { modeFacts } from "../lib/mode.ts";
import { useStore } from "../lib/use-store.ts";
import type { PageProps } from "../page.ts";
import { useEffect } from "../view.ts";
import { modeText } from "./mode-chips.tsx";

/**
 * Names the page in the browser's tab, and says there, too, what the numbers are: made-up
 * ones have a dot on the icon.
 */
export function useTitle({ i18n, live, route }: PageProps): void {
  const facts = modeFacts(useStore(live.status), useStore(live.connected));
  const first = facts[0];
  const mode = first === undefined ? "" : modeText(i18n, first);
  const simulated = facts.some(({ kind }) => kind === "simulated" || kind === "replay");
  const page = route.symbol ?? (route.page === null ? "" : i18n.t[route.page].title);
  useEffect(() => {
    document.title = [page, mode, i18n.t.shell.product].filter((text) => text !== "").join(" · ");
    // For the style sheet: made-up numbers have a hatched edge.
    document.documentElement.dataset["simulated"] = String(simulated);
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    icon?.setAttribute("href", simulated ? "/assets/icon-simulated.svg" : "/assets/icon.svg");
  }, [page, mode, simulated, i18n]);
}
