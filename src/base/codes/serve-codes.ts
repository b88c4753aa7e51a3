import type { ErrorCodeEntry } from "./entry.ts";

/** The HTTP API. */
export const serveCodes = {
  E_HTTP_REQUEST: {
    meaning: "A request's path, query or body is not understood.",
    retryable: false,
    exit: 1,
    hint: "See /api for what can be asked, and how.",
  },
  E_HTTP_NOT_FOUND: {
    meaning: "There is nothing at this address.",
    retryable: false,
    exit: 1,
    hint: "See /api for what can be asked.",
  },
  E_HTTP_METHOD: {
    meaning: "The address does not answer this method.",
    retryable: false,
    exit: 1,
    hint: "See the Allow header for the methods that it answers.",
  },
  E_HTTP_TOO_LARGE: {
    meaning: "The request or its answer is larger than it may be.",
    retryable: false,
    exit: 1,
    hint: "Ask for less: a shorter range, fewer rows, a shorter query.",
  },
  E_HTTP_MEDIA_TYPE: {
    meaning: "The body is not of the type that is read here.",
    retryable: false,
    exit: 1,
    hint: "Send JSON, with Content-Type: application/json.",
  },
  E_HTTP_UNAUTHORIZED: {
    meaning: "The token is missing or wrong.",
    retryable: false,
    exit: 1,
    hint: "Sign in at /login, or send Authorization: Bearer TOKEN.",
  },
  E_HTTP_FORBIDDEN: {
    meaning: "The request came through another site or host name.",
    retryable: false,
    exit: 1,
    hint: "Open the dashboard at the address that egx printed.",
  },
  E_HTTP_BUSY: {
    meaning: "More is asked of the server at once than it may do.",
    retryable: true,
    exit: 1,
    hint: "Ask again in a second.",
  },
} as const satisfies Record<string, ErrorCodeEntry>;
