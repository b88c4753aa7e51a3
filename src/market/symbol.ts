import { EgxError } from "../base/errors.ts";

/**
 * Tickers that are safe as a path segment as they are: upper case, beginning with a letter or a
 * digit, so that none can be `.`, `..`, hidden, or a flag.
 */
const symbolPattern = /^[A-Z0-9][A-Z0-9._-]{0,31}$/;

/** Whether `text` is a ticker as the wire spells it. */
export function isSymbol(text: string): boolean {
  return symbolPattern.test(text);
}

/**
 * `text` itself when it is a ticker.
 * @throws E_BAR_SYMBOL that names it.
 */
export function parseSymbol(text: string): string {
  if (!isSymbol(text)) {
    throw new EgxError("E_BAR_SYMBOL", `${quoted(text)} is not a symbol, such as COMI`);
  }
  return text;
}

/**
 * The tickers of a flag, `COMI,ETEL`, in their order and without repetitions. Spaces around the
 * commas are allowed.
 * @throws E_USAGE that names the first that is none.
 */
export function parseSymbolList(text: string): readonly string[] {
  const symbols = new Set<string>();
  for (const part of text.split(",")) {
    const symbol = part.trim();
    if (!isSymbol(symbol)) throw new EgxError("E_USAGE", wrongInList(symbol, text));
    symbols.add(symbol);
  }
  return [...symbols];
}

function wrongInList(symbol: string, list: string): string {
  if (symbol === "") return `a symbol is missing in ${quoted(list)}; write them as COMI,ETEL`;
  const upper = symbol.toUpperCase();
  const hint = isSymbol(upper) ? `; did you mean ${upper}?` : "; symbols are written as COMI,ETEL";
  return `${quoted(symbol)} is not a symbol${hint}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
