import { systemClock } from "../../src/base/clock.ts";
import { createApi } from "./api.ts";
import { App } from "./app.tsx";
import { loadI18n } from "./i18n/i18n.ts";
import { applyPrefs, onSystemTheme } from "./lib/apply-prefs.ts";
import { parsePrefs, prefsKey } from "./lib/prefs.ts";
import { createStore } from "./lib/store.ts";
import { startLive } from "./live/live.ts";
import { render } from "./view.ts";

await start();

async function start(): Promise<void> {
  const place = document.querySelector("#app");
  if (place === null) return;
  const prefs = createStore(parsePrefs(localStorage.getItem(prefsKey), navigator.language));
  prefs.subscribe(() => {
    localStorage.setItem(prefsKey, JSON.stringify(prefs.get()));
    applyPrefs(prefs.get());
  });
  // As if it had been chosen: what is drawn on a canvas hears of it by the same way.
  onSystemTheme(() => prefs.set({ ...prefs.get() }));
  const api = createApi(systemClock);
  const live = startLive(api, () => systemClock.nowMs());
  const { language, digits } = prefs.get();
  const i18n = await loadI18n(language, digits);
  render(<App api={api} live={live} clock={systemClock} prefs={prefs} first={i18n} />, place);
}
