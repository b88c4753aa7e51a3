/** Runs before anything is drawn, so that nobody is dazzled: language, theme and palette at once. */
import { parsePrefs, prefsKey } from "./lib/prefs.ts";
import { applyPrefs } from "./lib/apply-prefs.ts";

applyPrefs(parsePrefs(localStorage.getItem(prefsKey), navigator.language));
