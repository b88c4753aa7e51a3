import type { ErrorCodeEntry } from "./entry.ts";

/** The ledger and the protocol. */
export const ledgerCodes = {
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
} as const satisfies Record<string, ErrorCodeEntry>;
