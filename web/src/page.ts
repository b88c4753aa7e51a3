import type { Clock } from "../../src/base/clock.ts";
import type { Api } from "./api.ts";
import type { I18n } from "./i18n/i18n.ts";
import type { Prefs } from "./lib/prefs.ts";
import type { Store } from "./lib/store.ts";
import type { Live } from "./live/live.ts";
import type { Route } from "./router.ts";

/** What every page is given. */
export interface PageProps {
  readonly api: Api;
  readonly i18n: I18n;
  readonly live: Live;
  readonly clock: Clock;
  readonly route: Route;
  readonly prefs: Store<Prefs>;
  /** Goes to another address of the dashboard, `/symbol/COMI`. */
  readonly go: (address: string, how?: "push" | "replace") => void;
}

/** A choice that a page remembers, and how it is changed. */
export function remembered(
  prefs: Store<Prefs>,
  key: string,
): { readonly value: string | undefined; readonly remember: (value: string) => void } {
  return {
    value: prefs.get().pages[key],
    remember: (value) => {
      const now = prefs.get();
      prefs.set({ ...now, pages: { ...now.pages, [key]: value } });
    },
  };
}
