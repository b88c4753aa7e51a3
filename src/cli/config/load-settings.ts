import { mappedFields, type ColumnMap, type MappedField } from "../../loads/columns.ts";
import { dateOrders } from "../../loads/date-order.ts";
import { EgxError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import { sourceKind } from "../../market/bar.ts";
import { optional, setting } from "./setting.ts";
import * as value from "./values.ts";

/** What is said of other people's files, and of histories that are loaded. */
export const loadSettings = {
  source: setting(optional(value.parsed(parseSource)), {
    flags: ["--source"],
    argument: "name",
    env: null,
    fallback: null,
    fallbackNote: "csv: and the file's name",
    meaning: "What the bars carry as their source, csv:NAME; silver ranks sources by it.",
  }),
  map: setting(value.parsed(parseMap), {
    flags: ["--map"],
    argument: "list",
    env: null,
    fallback: "",
    fallbackNote: "columns are known by their usual names",
    meaning: "Which column is which: symbol=Ticker,date=Day,close=Last.",
  }),
  dateOrder: setting(optional(value.choice(...dateOrders)), {
    flags: ["--date-order"],
    argument: "order",
    env: null,
    fallback: null,
    fallbackNote: "as the file's dates show it",
    meaning: "Order of numeric dates: ymd, mdy (11/24/2025) or dmy (24/11/2025).",
  }),
  adjusted: setting(optional(value.choice("none", "splits", "dividends")), {
    flags: ["--adjusted"],
    argument: "kind",
    env: null,
    fallback: null,
    fallbackNote: "as the file's form or the feed has it: mostly splits; eodhd: none",
    meaning:
      "How a file's prices were adjusted, or which of yahoo's and eodhd's are taken: none, splits or dividends.",
  }),
  currency: setting(value.parsed(parseCurrency), {
    flags: ["--currency"],
    argument: "code",
    env: null,
    fallback: "EGP",
    meaning: "Currency of the file's prices.",
  }),
  resume: setting(value.toggle, {
    flags: ["--resume"],
    argument: null,
    env: null,
    fallback: "false",
    meaning: "Leave out symbols whose history an earlier run has loaded for these dates.",
  }),
  historySessions: setting(value.wholeNumber(0, 2_500), {
    flags: ["--history-sessions"],
    argument: "count",
    env: "EGX_HISTORY_SESSIONS",
    fallback: "250",
    unit: "sessions",
    meaning: "A simulation that is followed has a past of this many sessions; 0: none.",
  }),
};

/** Sources whose bars come from the feed itself, or are made up. */
const reserved: ReadonlySet<string> = new Set(["tradingview", "simulator"]);

function parseSource(given: string): string {
  const source = given.includes(":") || /^(?:yahoo|eodhd)$/.test(given) ? given : `csv:${given}`;
  if (!/^[a-z][a-z0-9_-]{0,31}(?::[^]+)?$/.test(source) || source.length > 200) {
    throw wrong(`must be a kind and a name, such as csv:prices, not ${JSON.stringify(given)}`);
  }
  if (reserved.has(sourceKind(given))) {
    throw wrong(`${sourceKind(given)} is what its feed's own bars carry; write csv:NAME`);
  }
  return source;
}

function parseMap(given: string): ColumnMap {
  const map = new Map<MappedField, string>();
  for (const part of given === "" ? [] : given.split(",")) {
    const at = part.indexOf("=");
    const name = part.slice(0, Math.max(0, at)).trim();
    const column = part.slice(at + 1).trim();
    if (at === -1 || column === "") {
      throw wrong(`must be field=Column,…, such as symbol=Ticker,close=Last; ${part} is not`);
    }
    const field = mappedFields.find((known) => known === name);
    if (field === undefined) {
      throw wrong(
        `${JSON.stringify(name)} is no field of a bar; did you mean ` +
          `${nearest(name, mappedFields) ?? ""}? Known: ${mappedFields.join(", ")}`,
      );
    }
    if (map.has(field)) throw wrong(`names two columns for ${field}`);
    map.set(field, column);
  }
  return map;
}

function parseCurrency(given: string): string {
  if (/^[A-Z]{3}$/.test(given)) return given;
  throw wrong(`must be three letters such as EGP, not ${JSON.stringify(given)}`);
}

function wrong(problem: string): EgxError {
  return new EgxError("E_USAGE", problem);
}
