import type { ErrorCodeEntry } from "./entry.ts";

/** The lake. */
export const lakeCodes = {
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
} as const satisfies Record<string, ErrorCodeEntry>;
