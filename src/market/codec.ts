import { textOf, utf8 } from "../base/bytes.ts";
import type { ErrorCode } from "../base/error-codes.ts";
import { EgxError } from "../base/errors.ts";
import { readBar, shown, type Fields } from "./bar-fields.ts";
import type { Bar } from "./bar.ts";
import { cairoIsoOf, dateText } from "./cairo-time.ts";
import { jsonLine, parseJson, repeatedField, type JsonLine } from "./json-line.ts";

/** The schema version that is written here. */
export const schemaVersion = 1;
/** No message is larger; a bar is some 300 bytes. */
export const messageBytesMax = 1_048_576;

/** The longest text that {@link rejectedMessage} keeps whole. */
const rejectedTextMax = 1000;

/** A message, read. */
export type Decoded = DecodedBar | Refused;

export interface DecodedBar {
  readonly ok: true;
  readonly bar: Bar;
  /**
   * The trading date in Cairo, `2025-11-24`, as `date=` in the lake has it: of the instant for
   * intraday bars, else the date as the message wrote it (not moved to the week's Sunday).
   */
  readonly date: string;
  /** The message on one line: no whitespace outside strings, every token as it was. */
  readonly line: string;
}

/** Why a message is a dead letter. */
export interface Refused {
  readonly ok: false;
  /** One of the E_MESSAGE_ and E_BAR_ codes. */
  readonly code: ErrorCode;
  /** For people: names the field and its value. */
  readonly reason: string;
}

/** A bar as one line of JSON, numbers in their shortest form that reads back the same. */
export function encodeBar(bar: Bar): string {
  // All but the source are of patterns that need no escape.
  return (
    `{"symbol":"${bar.symbol}","exchange":"${bar.exchange}","interval":"${bar.interval.name}",` +
    `"datetime":"${cairoIsoOf(bar.startMs)}","open":${bar.open},"high":${bar.high},` +
    `"low":${bar.low},"close":${bar.close},"volume":${bar.volume},` +
    `"ingestion_timestamp":"${new Date(bar.ingestedMs).toISOString()}","final":${bar.final},` +
    `"source":${JSON.stringify(bar.source)},"currency":"${bar.currency}",` +
    `"adjusted":"${bar.adjusted}","v":${schemaVersion}}`
  );
}

/**
 * Reads the value of a record: a bar of version 1, or of the old Python producer. Never throws;
 * the answer depends on the bytes alone.
 */
export function decodeMessage(value: Uint8Array | null): Decoded {
  try {
    return decode(value);
  } catch (error) {
    return refused(error);
  }
}

/** As {@link decodeMessage}, for text that a message was stored as. */
export function decodeText(text: string): Decoded {
  try {
    return decodeChecked(text);
  } catch (error) {
    return refused(error);
  }
}

/**
 * A bar from its fields as the wire names them, where the last five may be missing.
 * @throws the E_BAR_ and E_MESSAGE_ errors that would make a dead letter of the message.
 */
export function parseBar(fields: Fields): Bar {
  checkVersion(fields);
  checkReserved(fields);
  return readBar(fields).bar;
}

/**
 * The message of a row that is no valid bar, so that it becomes a dead letter as any bad message
 * does. `fields` are ones that {@link parseBar} refuses. Numbers that JSON has not are written as
 * text, since null would say "unknown"; long texts are cut.
 */
export function rejectedMessage(fields: Fields): Uint8Array {
  const text = JSON.stringify(fields, (_name, value: unknown) => {
    if (typeof value === "bigint") return String(value);
    if (typeof value === "number" && !Number.isFinite(value)) return String(value);
    if (typeof value !== "string" || value.length <= rejectedTextMax) return value;
    return `${value.slice(0, rejectedTextMax)}…`;
  });
  return utf8(text);
}

function decode(value: Uint8Array | null): DecodedBar {
  if (value === null || value.length === 0) {
    throw new EgxError("E_MESSAGE_EMPTY", "the record has no value");
  }
  if (value.length > messageBytesMax) {
    const text = `${value.length} bytes, and a message has ${messageBytesMax} at the most`;
    throw new EgxError("E_MESSAGE_TOO_LARGE", text);
  }
  return decodeChecked(textOfMessage(value));
}

function decodeChecked(text: string): DecodedBar {
  const fields = parseObject(text);
  const line = jsonLine(text);
  checkRepeated(fields, line);
  checkVersion(fields);
  checkReserved(fields);
  const { bar, day } = readBar(fields);
  return { ok: true, bar, date: dateText(day), line: line.line };
}

function refused(error: unknown): Refused {
  if (!(error instanceof EgxError)) throw error;
  return { ok: false, code: error.code, reason: error.message };
}

function textOfMessage(value: Uint8Array): string {
  try {
    return textOf(value);
  } catch (error) {
    throw new EgxError("E_MESSAGE_UTF8", "the value is not UTF-8", { cause: error });
  }
}

function parseObject(text: string): Fields {
  const value = parseText(text);
  if (!isObject(value)) throw new EgxError("E_MESSAGE_JSON", "the value is not a JSON object");
  return value;
}

function parseText(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw new EgxError("E_MESSAGE_JSON", "the value is not JSON", { cause: error });
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkRepeated(fields: Fields, line: JsonLine): void {
  // Parsing keeps one field of each name.
  if (Object.keys(fields).length === line.fields) return;
  const name = repeatedField(line.line);
  if (name === null) return;
  throw new EgxError("E_MESSAGE_DUPLICATE_FIELD", `the field ${shown(name)} occurs twice`);
}

function checkVersion(fields: Fields): void {
  const version = fields["v"];
  if (version === undefined || version === schemaVersion) return;
  if (typeof version === "number" && version > schemaVersion) {
    throw new EgxError("E_MESSAGE_VERSION", `v is ${version}, and ${schemaVersion} is read here`);
  }
  throw new EgxError("E_MESSAGE_FIELD", `v must be ${schemaVersion}`);
}

function checkReserved(fields: Fields): void {
  for (const name of Object.keys(fields)) {
    if (!name.startsWith("log_")) continue;
    throw new EgxError("E_MESSAGE_RESERVED_FIELD", `the field ${shown(name)} is reserved`);
  }
}
