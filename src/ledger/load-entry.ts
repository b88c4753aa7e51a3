import { sha256Hex, textOf } from "../base/bytes.ts";
import { EgxError } from "../base/errors.ts";
import { z } from "../base/schema.ts";
import { entryObject, type EntryObject } from "./entry.ts";
import { sealed } from "./sealed.ts";

/** What was asked of a feed's history. */
export interface BackfillAsked {
  readonly command: "backfill";
  readonly symbols: readonly string[] | "all";
  /** Cairo dates, both inclusive; null where the request was open. */
  readonly from: string | null;
  readonly to: string | null;
}

/** How a file was asked to be read. */
export interface ImportAsked {
  readonly command: "import";
  readonly form: "csv" | "parquet";
  /** The file's column for each field of a bar, in the order of the fields. */
  readonly columns: readonly (readonly [string, string])[];
  readonly symbols: readonly string[] | "all";
  readonly date_order: "ymd" | "mdy" | "dmy";
  readonly from: string | null;
  readonly to: string | null;
}

/** How an archive of files was asked to be read; how each of its files was is part of what was read. */
export interface ImportSetAsked {
  readonly command: "import-set";
  readonly form: "zip";
  readonly symbols: readonly string[] | "all";
  readonly from: string | null;
  readonly to: string | null;
}

/** Where files came from, as that place says; no part of a load's name. Null is what it does not say. */
export interface LoadOrigin {
  readonly site: "kaggle";
  /** `owner/set` */
  readonly dataset: string;
  readonly version: number | null;
  readonly licence: string | null;
  /** When it was last changed there, as it is written there. */
  readonly updated: string | null;
}

/** What a load was asked to bring: with what was read, it names the load. */
export interface LoadRequest {
  readonly asked: BackfillAsked | ImportAsked | ImportSetAsked;
  /** What its bars carry. */
  readonly source: string;
  /** As the wire spells it. */
  readonly interval: string;
  readonly adjusted: string;
  readonly currency: string;
  /** SHA-256 of what was read: a file's content, or a feed's bars without their time of arrival. */
  readonly read: string;
}

/** Something about a symbol's answer that people should know; `docs/loads.md` says what it means. */
export type LoadNote =
  /** Bars on fewer days than there were sessions. */
  | { readonly kind: "short"; readonly days: number; readonly sessions: number }
  /** Bars of an earlier load that the answer lacks; they stay. */
  | { readonly kind: "shrunken"; readonly bars: number }
  /** Bars that say less than an earlier load did; they were not taken. */
  | { readonly kind: "poorer"; readonly bars: number }
  /** Earlier prices times this factor are the new ones. */
  | { readonly kind: "rebased"; readonly bars: number; readonly factor: number };

/** What became of one symbol. */
export interface LoadSymbol {
  readonly symbol: string;
  readonly outcome: "loaded" | "unchanged" | "failed";
  /** Bars of the answer. */
  readonly bars: number;
  /** Those that are in the load's objects: new ones and revisions. */
  readonly added: number;
  /** Cairo dates of the answer's first and last bar; null without bars. */
  readonly first: string | null;
  readonly last: string | null;
  readonly notes: readonly LoadNote[];
  /** Why it failed, by code. */
  readonly error: { readonly code: string; readonly text: string } | null;
}

/**
 * The entry of a load: its manifest, written last and create-only under the digest of what was
 * asked and read. Field names and order are a contract.
 */
export interface LoadEntry extends LoadRequest {
  readonly format: 1;
  readonly kind: "load";
  /** Rows in `objects`. */
  readonly records: number;
  /** Parquet objects; `bytes` and `sha256` are of the whole object. */
  readonly objects: readonly EntryObject[];
  /** The object of refused rows; null when there were none. */
  readonly rejected: EntryObject | null;
  /** Refused rows by code. */
  readonly rejected_codes: readonly (readonly [string, number])[];
  /** Rows that say again what another row said. */
  readonly repeated: number;
  readonly symbols: readonly LoadSymbol[];
  readonly writer: string;
  /** ISO 8601 UTC; also the time of arrival of its bars. */
  readonly created: string;
  /** Absent where nobody has said it. */
  readonly origin?: LoadOrigin;
}

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().min(0);
const dateText = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .nullable();
const symbols = z.union([z.literal("all"), z.array(z.string())]);
const asked = z.discriminatedUnion("command", [
  z.object({ command: z.literal("backfill"), symbols, from: dateText, to: dateText }),
  z.object({
    command: z.literal("import"),
    form: z.enum(["csv", "parquet"]),
    columns: z.array(z.tuple([z.string(), z.string()])),
    symbols,
    date_order: z.enum(["ymd", "mdy", "dmy"]),
    from: dateText,
    to: dateText,
  }),
  z.object({
    command: z.literal("import-set"),
    form: z.literal("zip"),
    symbols,
    from: dateText,
    to: dateText,
  }),
]);
const note = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("short"), days: count, sessions: count }),
  z.object({ kind: z.literal("shrunken"), bars: count }),
  z.object({ kind: z.literal("poorer"), bars: count }),
  z.object({ kind: z.literal("rebased"), bars: count, factor: z.number().positive() }),
]);
const symbolSchema = z.object({
  symbol: z.string(),
  outcome: z.enum(["loaded", "unchanged", "failed"]),
  bars: count,
  added: count,
  first: dateText,
  last: dateText,
  notes: z.array(note),
  error: z.object({ code: z.string(), text: z.string() }).nullable(),
});
/** The order of the fields is that of the entry's text. */
const entrySchema = z.object({
  format: z.literal(1),
  kind: z.literal("load"),
  asked,
  source: z.string(),
  interval: z.string(),
  adjusted: z.string(),
  currency: z.string(),
  read: digest,
  records: count,
  objects: z.array(entryObject),
  rejected: entryObject.nullable(),
  rejected_codes: z.array(z.tuple([z.string(), count])),
  repeated: count,
  symbols: z.array(symbolSchema),
  writer: z.string(),
  created: z.string(),
  origin: z
    .object({
      site: z.literal("kaggle"),
      dataset: z.string(),
      version: z.number().nullable(),
      licence: z.string().nullable(),
      updated: z.string().nullable(),
    })
    .exactOptional(),
});
const formatSchema = z.object({ format: z.unknown() });

/** The digest that names a load: the same request and the same content give the same one. */
export function loadDigest(request: LoadRequest): string {
  const { source, interval, adjusted, currency, read } = request;
  return sha256Hex(
    JSON.stringify([asked.parse(request.asked), source, interval, adjusted, currency, read]),
  );
}

/** The entry's bytes: one line of JSON that ends in its own check sum. */
export function encodeLoadEntry(entry: LoadEntry): Uint8Array {
  return sealed(entrySchema.parse(entry));
}

/**
 * Reads a load's entry and holds it against its name and against itself.
 * @throws E_LEDGER_FORMAT when a newer release wrote it, E_LEDGER_DAMAGED otherwise.
 */
export function parseLoadEntry(bytes: Uint8Array, load: string): LoadEntry {
  const where = `the entry of load ${load}`;
  const damaged = (text: string, cause?: unknown): EgxError =>
    new EgxError("E_LEDGER_DAMAGED", `${where} ${text}`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(textOf(bytes));
  } catch (error) {
    throw damaged("is not JSON", error);
  }
  const format = formatSchema.safeParse(value);
  if (format.success && typeof format.data.format === "number" && format.data.format !== 1) {
    throw new EgxError("E_LEDGER_FORMAT", `${where} is of format ${format.data.format}`);
  }
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) throw damaged(`is malformed: ${z.prettifyError(parsed.error)}`);
  const entry: LoadEntry = parsed.data;
  const problem = miscounted(entry);
  if (problem !== null) throw damaged(problem);
  if (Buffer.compare(encodeLoadEntry(entry), bytes) !== 0) {
    throw damaged("does not match its own check sum");
  }
  if (loadDigest(entry) !== load) throw damaged("names another load than its key");
  return entry;
}

/** Every object that a load names. */
export function objectsOf(entry: LoadEntry): readonly EntryObject[] {
  return entry.rejected === null ? entry.objects : [...entry.objects, entry.rejected];
}

function miscounted(entry: LoadEntry): string | null {
  const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
  if (sum(entry.objects.map((object) => object.records)) !== entry.records) {
    return "has objects whose records do not sum up";
  }
  if (sum(entry.symbols.map((symbol) => symbol.added)) !== entry.records) {
    return "has symbols whose bars do not sum up";
  }
  const refused = sum(entry.rejected_codes.map(([, rows]) => rows));
  return (entry.rejected?.records ?? 0) === refused ? null : "miscounts its refused rows";
}
