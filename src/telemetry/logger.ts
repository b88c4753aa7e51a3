import { pino } from "pino";
import type { Clock } from "../base/clock.ts";
import { EgxError, messageOf } from "../base/errors.ts";

export type LogLevel = "silent" | "error" | "warn" | "info" | "debug";

/** Facts beside a text; never secrets. Errors are written with code, causes and hint. */
export type LogFields = Readonly<Record<string, unknown>>;

/** What a process tells about itself, for people and machines; never for logic. */
export interface Logger {
  readonly error: (text: string, fields?: LogFields) => void;
  readonly warn: (text: string, fields?: LogFields) => void;
  readonly info: (text: string, fields?: LogFields) => void;
  readonly debug: (text: string, fields?: LogFields) => void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly clock: Clock;
  /** Gets one line at a time. */
  readonly write: (line: string) => void;
  /** Makes a line for people of the parts; without it lines are JSON. */
  readonly pretty?: (line: PrettyLine) => string;
}

/** A line before it is dressed for people. */
export interface PrettyLine {
  readonly timeMs: number;
  readonly level: Exclude<LogLevel, "silent">;
  readonly text: string;
  /** `key=value` pairs. */
  readonly facts: string;
}

const secret = /password|secret|token|credential|authorization|access.?key/i;
const hidden = "[hidden]";

/** A logger that writes NDJSON, or lines for people. */
export function createLogger(options: LoggerOptions): Logger {
  return options.pretty === undefined ? jsonLogger(options) : prettyLogger(options, options.pretty);
}

function jsonLogger({ level, clock, write }: LoggerOptions): Logger {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: "text",
      timestamp: () => `,"time":"${new Date(clock.nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  return {
    error: (text, fields = {}) => logger.error(plainFields(fields), text),
    warn: (text, fields = {}) => logger.warn(plainFields(fields), text),
    info: (text, fields = {}) => logger.info(plainFields(fields), text),
    debug: (text, fields = {}) => logger.debug(plainFields(fields), text),
  };
}

const ranks = { silent: 0, error: 1, warn: 2, info: 3, debug: 4 } as const;

function prettyLogger(options: LoggerOptions, pretty: (line: PrettyLine) => string): Logger {
  const at =
    (level: PrettyLine["level"]) =>
    (text: string, fields: LogFields = {}): void => {
      if (ranks[level] > ranks[options.level]) return;
      const facts = Object.entries(plainFields(fields))
        .map(
          ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
        )
        .join(" ");
      options.write(`${pretty({ timeMs: options.clock.nowMs(), level, text, facts })}\n`);
    };
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}

/** Fields as JSON takes them: errors and maps unfolded, secrets hidden by name. */
function plainFields(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, secret.test(key) ? hidden : plain(value)]),
  );
}

function plain(value: unknown): unknown {
  if (value instanceof EgxError) {
    const cause = value.cause === undefined ? {} : { cause: messageOf(value.cause) };
    return { code: value.code, text: value.message, ...cause, hint: value.hint };
  }
  if (value instanceof Error) return { text: value.message };
  if (value instanceof Map) return Object.fromEntries(value);
  return value;
}
