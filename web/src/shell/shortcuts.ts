/** What a key, or two after one another, ask for. */
export type Shortcut =
  | "search"
  | "help"
  | "theme"
  | "language"
  | "market"
  | "symbol"
  | "quality"
  | "pipeline"
  | "sql";

const single: Readonly<Record<string, Shortcut>> = {
  "/": "search",
  "?": "help",
  t: "theme",
  l: "language",
};
const afterG: Readonly<Record<string, Shortcut>> = {
  m: "market",
  s: "symbol",
  q: "quality",
  p: "pipeline",
  c: "sql",
};
/** The letters of an Arabic keyboard that lie on the same keys. */
const arabicKeys: Readonly<Record<string, string>> = {
  ظ: "/",
  "؟": "?",
  ف: "t",
  م: "l",
  ل: "g",
  ة: "m",
  س: "s",
  ض: "q",
  ح: "p",
  ؤ: "c",
};

/** Reads keys one by one; gives what they ask for. */
export class ShortcutReader {
  #afterG = false;

  read(key: string): Shortcut | null {
    const latin = arabicKeys[key] ?? key;
    const table = this.#afterG ? afterG : single;
    this.#afterG = !this.#afterG && latin === "g";
    return table[latin] ?? null;
  }
}
