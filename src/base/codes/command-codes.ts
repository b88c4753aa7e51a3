import type { ErrorCodeEntry } from "./entry.ts";

/** The command line and its files. */
export const commandCodes = {
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
} as const satisfies Record<string, ErrorCodeEntry>;
