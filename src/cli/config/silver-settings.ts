import { optional, setting } from "./setting.ts";
import * as value from "./values.ts";

/** How silver is built. */
export const silverSettings = {
  engine: setting(value.choice("duckdb", "spark"), {
    flags: ["--engine"],
    argument: "name",
    env: "EGX_ENGINE",
    fallback: "duckdb",
    meaning: "What builds silver: duckdb in this process, or spark by spark-submit.",
  }),
  sourceRank: setting(optional(value.sourceRank), {
    flags: ["--source-rank"],
    argument: "list",
    env: null,
    fallback: null,
    fallbackNote: "as before; at first tradingview,eodhd,kaggle=csv,yahoo,simulator",
    meaning: "Which source bars takes for a symbol and interval, best first; = joins equals.",
  }),
  adjustedRank: setting(optional(value.choices("none", "splits", "dividends")), {
    flags: ["--adjusted-rank"],
    argument: "list",
    env: null,
    fallback: null,
    fallbackNote: "as before; at first splits,dividends,none",
    meaning: "Which adjustment it takes where a source has several, best first.",
  }),
  sparkSubmit: setting(optional(value.text), {
    flags: ["--spark-submit"],
    argument: "path",
    env: "EGX_SPARK_SUBMIT",
    fallback: null,
    fallbackNote: "that of npm run py:setup, else the one on PATH",
    meaning: "Spark's spark-submit, for --engine spark.",
  }),
};
