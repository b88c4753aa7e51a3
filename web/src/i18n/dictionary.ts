/** Forms of one sentence by the plural categories of Unicode; `other` is always there. */
export interface Plural {
  readonly zero?: string;
  readonly one?: string;
  readonly two?: string;
  readonly few?: string;
  readonly many?: string;
  readonly other: string;
}

/** The shape of a dictionary in another language: the same keys, plurals where there are plurals. */
export type Translated<T> = T extends string
  ? string
  : T extends { readonly other: string }
    ? Plural
    : { readonly [Key in keyof T]: Translated<T[Key]> };

/** Values for the `{places}` of a text. */
export type Values = Readonly<Record<string, string | number>>;

const leftToRightIsolate = "\u2066";
const firstStrongIsolate = "\u2068";
const endIsolate = "\u2069";
const arabicLetter = /\p{Script=Arabic}/u;

/**
 * Puts values into the places of a text. Each is isolated from the direction of the words around
 * it: numbers and tickers run left to right, names as their letters do.
 */
export function fillText(text: string, values: Values): string {
  return text.replaceAll(/\{(\w+)\}/g, (place, key: string) => {
    const value = values[key];
    return value === undefined ? place : isolate(String(value));
  });
}

/** A text whose direction does not depend on its neighbours. */
export function isolate(text: string): string {
  const start = arabicLetter.test(text) ? firstStrongIsolate : leftToRightIsolate;
  return `${start}${text}${endIsolate}`;
}

/** The form that a language uses for a count, with `{count}` and other places filled. */
export function pluralText(
  rules: Intl.PluralRules,
  forms: Plural,
  count: number,
  values: Values,
): string {
  const form = forms[rules.select(count)] ?? forms.other;
  return fillText(form, values);
}
