import { sha256Hex, textOf } from "../base/bytes.ts";
import { EgxError } from "../base/errors.ts";
import { z } from "../base/schema.ts";
import type { Lake } from "../lake/lake.ts";
import type { Finding } from "./finding.ts";
import { sealed } from "./sealed.ts";

/** Where holes in the data are written down; ends with a slash. */
export const gapsPrefix = "_ledger/gaps/";

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const dateText = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const dated = z.tuple([dateText, z.string()]);

const gapSchema = z.object({
  format: z.literal(1),
  kind: z.literal("gap"),
  exchange: z.string(),
  symbol: z.string(),
  /** As the wire spells it. */
  interval: z.string(),
  /** Cairo dates of the first and the last unit, both inclusive. */
  from: dateText,
  to: dateText,
  /** What is wrong, by the names of `egx quality`. */
  defects: z.array(z.string()),
  /** 1 for the first time that this hole is seen, one more each time that it comes back. */
  time: z.number().int().min(1),
  /** ISO 8601 UTC. */
  opened: z.string(),
});

const closingSchema = z.object({
  format: z.literal(1),
  kind: z.literal("gap-closed"),
  gap: digest,
  /** The worst of what became of its dates. */
  outcome: z.enum(["healed", "waived", "unhealable"]),
  /** Dates whose bars are there now. */
  healed: z.array(dateText),
  /** Dates that need none, and why: the feed says so. */
  waived: z.array(dated),
  /** Dates that this feed cannot mend, and why. */
  unhealable: z.array(dated),
  /** The feed that was asked. */
  source: z.string(),
  /** ISO 8601 UTC. */
  closed: z.string(),
});

/** A hole in one symbol's bars: opened when it is seen, once. Field names are a contract. */
export type Gap = z.output<typeof gapSchema>;
/** How a hole ended. */
export type GapClosing = z.output<typeof closingSchema>;
/** What makes a hole the same one. */
export type GapIdentity = Pick<Gap, "exchange" | "symbol" | "interval" | "from" | "to" | "time">;

export interface KeptGap {
  readonly digest: string;
  readonly gap: Gap;
  /** Null while it is open. */
  readonly closing: GapClosing | null;
}

/** The name of a hole. */
export function gapDigest(gap: GapIdentity): string {
  const { exchange, symbol, interval, from, to, time } = gap;
  return sha256Hex(JSON.stringify([exchange, symbol, interval, from, to, time]));
}

/** The key of the record that opens a gap. */
export function gapKey(name: string): string {
  return `${gapsPrefix}${name}.json`;
}

/** The key of the record that closes it. */
export function gapClosingKey(name: string): string {
  return `${gapsPrefix}${name}.closed.json`;
}

/** Writes a hole down; it makes no difference who of several is first. Gives its name. */
export async function openGap(lake: Lake, gap: Gap): Promise<string> {
  const name = gapDigest(gap);
  await lake.create(gapKey(name), sealed(gapSchema.parse(gap)));
  return name;
}

/** Closes a hole, once: false when it had been closed before. */
export async function closeGap(lake: Lake, closing: GapClosing): Promise<boolean> {
  const body = sealed(closingSchema.parse(closing));
  return (await lake.create(gapClosingKey(closing.gap), body)) === "created";
}

/**
 * A hole and how it ended, or null when there is no such record.
 * @throws E_LEDGER_DAMAGED
 */
export async function readGap(lake: Lake, name: string): Promise<KeptGap | null> {
  const opened = await lake.get(gapKey(name));
  if (opened === null) return null;
  const closed = await lake.get(gapClosingKey(name));
  const gap = parseSealed(gapSchema, opened.body, gapKey(name));
  if (gapDigest(gap) !== name) throw damaged(gapKey(name), "is the record of another hole");
  const closing =
    closed === null ? null : parseSealed(closingSchema, closed.body, gapClosingKey(name));
  if (closing !== null && closing.gap !== name) {
    throw damaged(gapClosingKey(name), "closes another hole");
  }
  return { digest: name, gap, closing };
}

/** All holes, in the order of their names. */
export async function* listGaps(lake: Lake): AsyncGenerator<KeptGap> {
  for await (const name of listGapNames(lake)) {
    const kept = await readGap(lake, name);
    if (kept !== null) yield kept;
  }
}

/** The names of all holes; costs a listing and no more. */
export async function* listGapNames(lake: Lake): AsyncGenerator<string> {
  for await (const { key } of lake.list(gapsPrefix)) {
    const name = parseGapKey(key);
    if (name !== null) yield name;
  }
}

/** Holds every record against its own check sum, and names what lies among them. */
export async function* verifyGaps(lake: Lake): AsyncGenerator<Finding> {
  const opened = new Set<string>();
  for await (const { key } of lake.list(gapsPrefix)) {
    const name = parseGapKey(key);
    if (name !== null) opened.add(name);
  }
  for await (const { key } of lake.list(gapsPrefix)) {
    const name = parseGapKey(key) ?? parseGapClosingKey(key);
    if (name === null) {
      yield { kind: "stray", key, text: "lies among the gaps and is none" };
    } else if (!opened.has(name)) {
      yield { kind: "stray", key, text: "closes a gap that was never opened" };
    } else if (parseGapKey(key) !== null) {
      const text = await problemOf(lake, name);
      if (text !== null) yield { kind: "damaged", key, text };
    }
  }
}

async function problemOf(lake: Lake, name: string): Promise<string | null> {
  try {
    await readGap(lake, name);
    return null;
  } catch (error) {
    if (error instanceof EgxError && error.code === "E_LEDGER_DAMAGED") return error.message;
    throw error;
  }
}

function parseGapKey(key: string): string | null {
  return /^_ledger\/gaps\/([0-9a-f]{64})\.json$/.exec(key)?.[1] ?? null;
}

function parseGapClosingKey(key: string): string | null {
  return /^_ledger\/gaps\/([0-9a-f]{64})\.closed\.json$/.exec(key)?.[1] ?? null;
}

function parseSealed<T extends Readonly<Record<string, unknown>>>(
  schema: z.ZodType<T>,
  body: Uint8Array,
  key: string,
): T {
  let value: T;
  try {
    value = schema.parse(JSON.parse(textOf(body)));
  } catch (error) {
    throw damaged(key, "is malformed", error);
  }
  if (Buffer.compare(sealed(value), body) !== 0) {
    throw damaged(key, "does not match its own check sum");
  }
  return value;
}

function damaged(key: string, text: string, cause?: unknown): EgxError {
  return new EgxError("E_LEDGER_DAMAGED", `${key} ${text}`, { cause, details: { key } });
}
