import { commandCodes } from "./codes/command-codes.ts";
import { feedCodes } from "./codes/feed-codes.ts";
import { lakeCodes } from "./codes/lake-codes.ts";
import { ledgerCodes } from "./codes/ledger-codes.ts";
import { logCodes } from "./codes/log-codes.ts";
import { messageCodes } from "./codes/message-codes.ts";
import { serveCodes } from "./codes/serve-codes.ts";
import { silverCodes } from "./codes/silver-codes.ts";
import type { ErrorCodeEntry } from "./codes/entry.ts";

/**
 * Every way in which a command can fail or a message be refused, by code. The table is closed:
 * code decides by these names, never by a message's text. `docs/errors.md` is generated from it.
 */
export const errorCodes = {
  ...commandCodes,
  ...messageCodes,
  ...feedCodes,
  ...logCodes,
  ...lakeCodes,
  ...ledgerCodes,
  ...silverCodes,
  ...serveCodes,
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof errorCodes;
