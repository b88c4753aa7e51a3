/**
 * Every way in which a command can fail or a message be refused, by code. The table is closed:
 * code decides by these names, never by a message's text. `docs/errors.md` is generated from it.
 */
export interface ErrorCodeEntry {
  /** What happened, for the reference page. */
  readonly meaning: string;
  /** Whether the same call may succeed later without anybody mending anything. */
  readonly retryable: boolean;
  /** The exit code of a command that ends with it. */
  readonly exit: 1 | 3 | 64 | 78 | 130;
  /** What the operator can do. */
  readonly hint: string;
}

const message = (meaning: string, hint: string): ErrorCodeEntry => ({
  meaning,
  retryable: false,
  exit: 1,
  hint,
});

export const errorCodes = {
  // The command line and its files
  E_USAGE: {
    meaning: "An argument, flag or environment variable is not understood.",
    retryable: false,
    exit: 64,
    hint: "See the command's --help.",
  },
  E_CONFIG: {
    meaning: "The set-up cannot work as it is.",
    retryable: false,
    exit: 78,
    hint: "Mend what the message names, then start again.",
  },
  E_FILE_MISSING: {
    meaning: "A file that was asked for does not exist or cannot be read.",
    retryable: false,
    exit: 78,
    hint: "Check the path and its permissions.",
  },
  E_FILE_FORMAT: {
    meaning: "A file is not of a form that is read here.",
    retryable: false,
    exit: 78,
    hint: "See docs/feeds/recorded.md for the columns that are understood.",
  },
  E_DATA_FOLDER_BUSY: {
    meaning: "Another `egx up` works on this data folder.",
    retryable: false,
    exit: 78,
    hint: "Stop the other one, or give another folder with --data.",
  },
  E_PORT_BUSY: {
    meaning: "The port to listen on is taken.",
    retryable: false,
    exit: 78,
    hint: "Give another one with --port (0 takes any free one).",
  },
  E_INTERNAL: {
    meaning: "A promise that this program makes to itself was broken.",
    retryable: false,
    exit: 1,
    hint: "Please report it with the command and the stack that --log-level debug prints.",
  },
  E_ABORTED: {
    meaning: "The work was stopped by the user or by a shutdown.",
    retryable: false,
    exit: 130,
    hint: "Start again; nothing that was stored is lost.",
  },

  // Messages: each of these makes a dead letter
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

  // The feed
  E_FEED_UNREACHABLE: {
    meaning: "The feed cannot be reached.",
    retryable: true,
    exit: 1,
    hint: "Check the network; the feed is tried again by itself.",
  },
  E_FEED_SYMBOL_UNKNOWN: {
    meaning: "The feed does not know this symbol.",
    retryable: false,
    exit: 3,
    hint: "See `egx symbols` for the tickers of the exchange.",
  },
  E_FEED_NO_DATA: {
    meaning: "The feed knows the symbol and has no bars for what was asked.",
    retryable: false,
    exit: 3,
    hint: "Ask for other dates or another interval.",
  },

  // The log
  E_LOG_UNREACHABLE: {
    meaning: "The log cannot be reached.",
    retryable: true,
    exit: 1,
    hint: "Check that the broker runs and that the address is right.",
  },
  E_LOG_FORBIDDEN: {
    meaning: "The broker refuses these credentials, certificates or rights.",
    retryable: true,
    exit: 78,
    hint: "Check KAFKA_SASL_*, KAFKA_SSL_* and the broker's ACLs.",
  },
  E_LOG_BUSY: {
    meaning: "The log is held by another process for the moment.",
    retryable: true,
    exit: 1,
    hint: "Wait; it is tried again by itself.",
  },
  E_LOG_FULL: {
    meaning: "The log's disk is full.",
    retryable: true,
    exit: 1,
    hint: "Free some space; nothing that was acknowledged is lost.",
  },
  E_LOG_DAMAGED: {
    meaning: "The log's file is not a log, or is damaged.",
    retryable: false,
    exit: 78,
    hint: "Put the file aside; what had been stored in the lake is not touched.",
  },
  E_LOG_FOLDER: {
    meaning: "The log's folder cannot be written.",
    retryable: false,
    exit: 78,
    hint: "Check the path and its permissions.",
  },
  E_LOG_TOPIC_UNKNOWN: {
    meaning: "The topic does not exist.",
    retryable: false,
    exit: 78,
    hint: "Create it: egx topics create.",
  },
  E_LOG_TOPIC_CHANGED: {
    meaning: "The topic was deleted and made again while it was in use.",
    retryable: false,
    exit: 1,
    hint: "Start again: the new topic begins a chain of its own in the lake.",
  },
  E_LOG_TOPIC_COMPACTED: {
    meaning: "The topic is compacted, so records vanish from its middle.",
    retryable: false,
    exit: 78,
    hint: "Use a topic with cleanup.policy=delete.",
  },
  E_LOG_OFFSET_GONE: {
    meaning: "The offset lies before the log's start or after its end.",
    retryable: false,
    exit: 1,
    hint: "Retention may have passed it; see `egx lag`.",
  },
  E_LOG_RECORD_TOO_LARGE: {
    meaning: "The record is larger than the log takes.",
    retryable: false,
    exit: 1,
    hint: "A bar is some 300 bytes; find what makes this one so large.",
  },
  E_LOG_FENCED: {
    meaning: "The partition has been given to another member of the group.",
    retryable: false,
    exit: 1,
    hint: "Nothing to do: the other member goes on with it.",
  },

  // The lake
  E_LAKE_UNREACHABLE: {
    meaning: "The lake cannot be reached.",
    retryable: true,
    exit: 1,
    hint: "Check that the store runs and that the address is right.",
  },
  E_LAKE_THROTTLED: {
    meaning: "The store asks for fewer requests.",
    retryable: true,
    exit: 1,
    hint: "Nothing to do: the rate adapts by itself.",
  },
  E_LAKE_CONFLICT: {
    meaning: "Two writers met on one object; the store let neither win.",
    retryable: true,
    exit: 1,
    hint: "Nothing to do: it is tried again.",
  },
  E_LAKE_FULL: {
    meaning: "The lake's disk or quota is full.",
    retryable: true,
    exit: 78,
    hint: "Free some space; work goes on by itself.",
  },
  E_LAKE_FORBIDDEN: {
    meaning: "The store refuses these credentials.",
    retryable: true,
    exit: 78,
    hint: "Check the credentials and the policy: egx verify-upload.",
  },
  E_LAKE_MISSING: {
    meaning: "The bucket or folder does not exist and may not be created.",
    retryable: true,
    exit: 78,
    hint: "Create it, or allow it to be created.",
  },
  E_LAKE_FOLDER: {
    meaning: "The lake's folder cannot be written.",
    retryable: true,
    exit: 78,
    hint: "Check the path and its permissions.",
  },
  E_LAKE_NOT_EXCLUSIVE: {
    meaning: "The store lets two writers create one object, so exactly-once cannot be kept.",
    retryable: false,
    exit: 78,
    hint: "Use a store that honours If-None-Match: * (AWS S3, MinIO) or a local folder.",
  },
  E_LAKE_KEY: {
    meaning: "An object's key would leave the lake or is not plain.",
    retryable: false,
    exit: 1,
    hint: "Keys are made of [A-Za-z0-9._=-] segments.",
  },
  E_LAKE_OBJECT_MISSING: {
    meaning: "An object that must be there is not.",
    retryable: false,
    exit: 1,
    hint: "Run egx verify; it names what is damaged.",
  },
  E_LAKE_OBJECT_DAMAGED: {
    meaning: "An object's bytes are not what was stored.",
    retryable: false,
    exit: 1,
    hint: "Run egx verify; it names what is damaged.",
  },
  E_LAKE_KIND: {
    meaning: "The lake holds bars of the other kind (real or simulated).",
    retryable: false,
    exit: 78,
    hint: "Give simulations a data folder of their own: --data.",
  },

  // The ledger and the protocol
  E_LEDGER_FORMAT: {
    meaning: "A ledger entry is of a format that this release does not know.",
    retryable: false,
    exit: 78,
    hint: "Update this program.",
  },
  E_LEDGER_DAMAGED: {
    meaning: "The ledger contradicts itself.",
    retryable: false,
    exit: 78,
    hint: "Run egx verify; restore the named entry from a copy.",
  },
  E_LEDGER_AHEAD: {
    meaning: "The log ends before the lake's chain does: it lost records or is another log.",
    retryable: false,
    exit: 78,
    hint: "Check the address; a log restored from an old copy needs a new topic.",
  },
  E_LEDGER_RECORDS_GONE: {
    meaning: "Records that were not stored yet are gone from the log.",
    retryable: false,
    exit: 1,
    hint: "If they cannot be had elsewhere: egx consumer --accept-loss TOPIC/PARTITION:FIRST-LAST.",
  },

  // Silver and queries
  E_SILVER_BUSY: {
    meaning: "Another build replaced a silver object meanwhile.",
    retryable: true,
    exit: 1,
    hint: "Nothing to do: the build begins again.",
  },
  E_SILVER_SPACE: {
    meaning: "Silver does not fit into the memory and the scratch space that it may use.",
    retryable: false,
    exit: 78,
    hint: "Free some space where the data folder or TMPDIR lies; nothing that is stored is lost.",
  },
  E_QUERY: {
    meaning: "The query is wrong.",
    retryable: false,
    exit: 1,
    hint: "The views are bars, bar_revisions, symbols, sessions, index_members.",
  },
  E_QUERY_REFUSED: {
    meaning: "The query would do more than read the views.",
    retryable: false,
    exit: 64,
    hint: "Queries are one SELECT over bars, bar_revisions, symbols, sessions, index_members.",
  },
  E_QUERY_LIMIT: {
    meaning: "The query needs more time or memory than a query may.",
    retryable: false,
    exit: 1,
    hint: "Ask for fewer bars: a symbol, an interval, a date.",
  },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof errorCodes;
