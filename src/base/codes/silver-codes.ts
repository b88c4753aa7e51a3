import type { ErrorCodeEntry } from "./entry.ts";

const viewNames =
  "bars, complete_bars, bar_revisions, certificates, symbols, sessions, index_members";

/** Silver and queries. */
export const silverCodes = {
  E_SILVER_BUSY: {
    meaning: "Another build replaced a silver object meanwhile.",
    retryable: true,
    exit: 1,
    hint: "Nothing to do: the build begins again.",
  },
  E_SILVER_SPACE: {
    meaning: "Silver does not fit into the memory and the scratch space that it may use.",
    retryable: true,
    exit: 78,
    hint: "Free some space where the data folder or TMPDIR lies; nothing that is stored is lost.",
  },
  E_SPARK_MISSING: {
    meaning: "Spark cannot be started: it is not installed, or it finds no Java.",
    retryable: false,
    exit: 78,
    hint: "Run npm run py:setup, or name a spark-submit by --spark-submit; Java 17 is to be on PATH.",
  },
  E_SPARK_FAILED: {
    meaning: "The build by Spark failed.",
    retryable: false,
    exit: 1,
    hint: "The message names the code of what was wrong; silver is as it was. Try egx verify.",
  },
  E_QUERY: {
    meaning: "The query is wrong.",
    retryable: false,
    exit: 1,
    hint: `The views are ${viewNames}.`,
  },
  E_QUERY_REFUSED: {
    meaning: "The query would do more than read the views.",
    retryable: false,
    exit: 64,
    hint: `Queries are one SELECT over ${viewNames}.`,
  },
  E_QUERY_LIMIT: {
    meaning: "The query needs more time or memory than a query may.",
    retryable: false,
    exit: 1,
    hint: "Ask for fewer bars: a symbol, an interval, a date.",
  },
  E_TRACE_NOTHING: {
    meaning: "Silver has no such bar.",
    retryable: false,
    exit: 1,
    hint: "Check symbol, time and --interval.",
  },
} as const satisfies Record<string, ErrorCodeEntry>;
