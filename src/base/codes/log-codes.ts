import type { ErrorCodeEntry } from "./entry.ts";

/** The log. */
export const logCodes = {
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
} as const satisfies Record<string, ErrorCodeEntry>;
