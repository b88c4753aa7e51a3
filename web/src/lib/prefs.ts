import type { Digits, Language } from "../i18n/format.ts";

/** What a person chose; kept by the browser. */
export interface Prefs {
  readonly language: Language;
  readonly theme: "auto" | "light" | "dark";
  /** Red and green, or orange and blue for those who cannot tell them apart. */
  readonly palette: "normal" | "cb";
  /** Whether what rises has the colour that falls have, as in East Asia. */
  readonly swapped: boolean;
  readonly digits: Digits;
  /** Whether single keys (`/`, `g m`) do something. */
  readonly shortcuts: boolean;
  /** What pages remember, under a name of theirs such as `market.view`. */
  readonly pages: Readonly<Record<string, string>>;
}

export const prefsKey = "egx.prefs";

/** The choices of a stored text; whatever is not understood is as at first. */
export function parsePrefs(stored: string | null, browserLanguage: string): Prefs {
  const kept = fieldsOf(stored);
  const pages = fieldsOfObject(kept["pages"]);
  const texts = Object.entries(pages).flatMap(([key, value]): [string, string][] =>
    typeof value === "string" ? [[key, value]] : [],
  );
  const language = oneOf(kept["language"], ["ar", "en"] as const);
  return {
    language: language ?? (/^ar\b/i.test(browserLanguage) ? "ar" : "en"),
    theme: oneOf(kept["theme"], ["auto", "light", "dark"] as const) ?? "auto",
    palette: oneOf(kept["palette"], ["normal", "cb"] as const) ?? "normal",
    swapped: kept["swapped"] === true,
    digits: oneOf(kept["digits"], ["latn", "arab"] as const) ?? "latn",
    shortcuts: kept["shortcuts"] !== false,
    pages: Object.fromEntries(texts),
  };
}

function oneOf<const T extends string>(value: unknown, choices: readonly T[]): T | undefined {
  return choices.find((choice) => choice === value);
}

function fieldsOf(stored: string | null): Readonly<Record<string, unknown>> {
  if (stored === null) return {};
  try {
    return fieldsOfObject(JSON.parse(stored));
  } catch {
    return {};
  }
}

function fieldsOfObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
