import type { ErrorCodeEntry } from "./entry.ts";

const message = (meaning: string, hint: string): ErrorCodeEntry => ({
  meaning,
  retryable: false,
  exit: 1,
  hint,
});

/** Messages: each of these makes a dead letter. */
export const messageCodes = {
  E_MESSAGE_EMPTY: message("The record has no value.", "Find the producer that sends tombstones."),
  E_MESSAGE_TOO_LARGE: message(
    "The message is larger than a bar can be.",
    "Find the producer; a bar is some 300 bytes.",
  ),
  E_MESSAGE_UTF8: message("The value is not UTF-8.", "Find the producer; messages are UTF-8 JSON."),
  E_MESSAGE_JSON: message("The value is not one JSON object.", "Find the producer."),
  E_MESSAGE_DUPLICATE_FIELD: message(
    "A field occurs twice, so readers would disagree on its value.",
    "Find the producer.",
  ),
  E_MESSAGE_RESERVED_FIELD: message(
    "A field begins with log_, which is kept for the record's origin.",
    "Rename the field in the producer.",
  ),
  E_MESSAGE_FIELD: message("A field is missing or of the wrong type.", "Find the producer."),
  E_MESSAGE_VERSION: message(
    "The message's schema version is newer than this release reads.",
    "Update this program, then replay the dead letters.",
  ),
  E_BAR_SYMBOL: message(
    "The symbol is not a safe ticker.",
    "Tickers are [A-Z0-9][A-Z0-9._-]{0,31}.",
  ),
  E_BAR_INTERVAL: message("The interval is not one that is known.", "See `egx producer --help`."),
  E_BAR_TIME: message(
    "The bar's time does not exist: not a date, skipped by daylight saving, or outside 1990-2099.",
    "Find the source of the time.",
  ),
  E_BAR_PRICE: message("A price is 0, negative or not a number.", "Unknown prices are null."),
  E_BAR_RANGE: message("The high is below the low.", "Find the source of the bar."),
  E_BAR_VOLUME: message("The volume is negative.", "Unknown volume is null."),
  E_BAR_LAKE_KIND: message(
    "A simulated bar came to a lake of real bars, or the reverse.",
    "Keep simulations in a data folder of their own (--data).",
  ),
  E_BAR_REPEATED: message(
    "A later row of the same load says something else for the same bar; the later one counts.",
    "Look which of the two is right; the rows that were left out lie under _dead/batch/.",
  ),
} as const satisfies Record<string, ErrorCodeEntry>;
