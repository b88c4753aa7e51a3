import type { ErrorCodeEntry } from "./entry.ts";

/** The feed. */
export const feedCodes = {
  E_FEED_UNREACHABLE: {
    meaning: "The feed cannot be reached.",
    retryable: true,
    exit: 1,
    hint: "Check the network.",
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
  E_FEED_REBASED: {
    meaning:
      "The feed has re-based a symbol's history and does not give all of it, so that two bases would be mixed.",
    retryable: false,
    exit: 3,
    hint: "What is held stays as it is; load the symbol again later, without --from.",
  },
  E_FEED_NOT_ENTITLED: {
    meaning: "The feed has this, but not for who asks: it needs an account or a plan.",
    retryable: false,
    exit: 3,
    hint: "See docs/feeds/tradingview.md for tokens and for what is free.",
  },
  E_FEED_REFUSED: {
    meaning: "The feed refuses what was asked of it, with a reason.",
    retryable: false,
    exit: 1,
    hint: "See docs/feeds/tradingview.md for what each refusal means.",
  },
  E_FEED_BANNED: {
    meaning: "The feed asks to be left alone: too many connections, or this address is barred.",
    retryable: true,
    exit: 1,
    hint: "Nothing to do: it rests for minutes, longer each time. Close other clients meanwhile.",
  },
  E_FEED_TOKEN: {
    meaning: "The feed does not accept the token.",
    retryable: false,
    exit: 78,
    hint: "Take a new one, or go without: EGX bars need none. See docs/feeds/tradingview.md.",
  },
  E_FEED_TIMEOUT: {
    meaning: "The feed did not answer within the time that a request has.",
    retryable: true,
    exit: 1,
    hint: "It is tried again by itself.",
  },
  E_FEED_PROTOCOL: {
    meaning: "The feed says what is not understood here, or that we do.",
    retryable: true,
    exit: 1,
    hint: "Record it with `egx capture` and report it.",
  },
  E_FEED_BEHIND: {
    meaning: "Bars came faster than they were taken, for so long that memory would run out.",
    retryable: true,
    exit: 1,
    hint: "Check the log: the feed is read on from the start when it takes bars again.",
  },
} as const satisfies Record<string, ErrorCodeEntry>;
