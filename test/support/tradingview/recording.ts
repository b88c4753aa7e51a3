import { decodeFrames } from "../../../src/feeds/tradingview/frames.ts";

/** A message as it was captured. */
export type Message = Readonly<Record<string, unknown>> & { readonly m: string };

/** The ids by which a client knew a series. */
export interface SeriesIds {
  readonly session: string;
  readonly symbolId: string;
  readonly seriesId: string;
  readonly turnaround: string;
}

/** What was said of one series: the answer to its creation, then to each request for more. */
export interface RecordedSeries {
  readonly name: string;
  readonly resolution: string;
  readonly ids: SeriesIds;
  readonly phases: Message[][];
}

/** A capture, by what it answers. */
export class Recording {
  readonly series: readonly RecordedSeries[];

  /** Reads the NDJSON that `egx capture` writes. */
  constructor(text: string) {
    const reader = new Reader();
    for (const line of text.split("\n")) if (line.trim() !== "") reader.line(JSON.parse(line));
    this.series = reader.series;
  }

  knows(name: string): boolean {
    return this.series.some((series) => series.name === name);
  }

  find(name: string, resolution: string): RecordedSeries | undefined {
    return this.series.find((series) => series.name === name && series.resolution === resolution);
  }
}

/** The message with the ids of another client. */
export function renamed(message: Message, from: SeriesIds, to: SeriesIds): string {
  const names = new Map<string, string>([
    [from.session, to.session],
    [from.symbolId, to.symbolId],
    [from.seriesId, to.seriesId],
    [from.turnaround, to.turnaround],
  ]);
  const rename = (value: unknown): unknown => {
    if (typeof value === "string") return names.get(value) ?? value;
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [names.get(key) ?? key, rename(inner)]),
    );
  };
  return JSON.stringify(rename(message));
}

/** `EGX:COMI` of `EGX:COMI`, `={"symbol":"EGX:COMI",…}` and their delayed twins. */
export function nameOf(symbol: string): string {
  let name: unknown = symbol;
  if (symbol.startsWith("=")) {
    const parsed: unknown = JSON.parse(symbol.slice(1));
    if (typeof parsed === "object" && parsed !== null && "symbol" in parsed) name = parsed.symbol;
  }
  return String(name).replace(/^EGX_DLY:/, "EGX:");
}

class Reader {
  readonly series: RecordedSeries[] = [];
  readonly #names = new Map<string, string>();
  /** What was said of symbols whose series was not asked for yet. */
  readonly #early: Message[] = [];

  line(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    if (!("text" in value) || !("direction" in value)) return;
    for (const frame of decodeFrames(String(value.text)).frames) {
      const message = frame.kind === "json" ? messageOf(frame.value) : null;
      if (message === null) continue;
      if (value.direction === "out") this.#sent(message);
      else this.#came(message);
    }
  }

  #sent(message: Message): void {
    const [session = "", second = "", third = "", fourth = "", fifth = ""] = texts(message);
    if (message.m === "resolve_symbol") this.#names.set(`${session}|${second}`, nameOf(third));
    if (message.m === "request_more_data") this.#find(session, second)?.phases.push([]);
    if (message.m !== "create_series") return;
    const ids = { session, seriesId: second, turnaround: third, symbolId: fourth };
    const name = this.#names.get(`${session}|${fourth}`) ?? "";
    const first = this.#early.filter((early) => {
      const [of = "", symbolId = ""] = texts(early);
      return of === session && symbolId === fourth;
    });
    this.series.push({ name, resolution: fifth, ids, phases: [first] });
  }

  #came(message: Message): void {
    const [session = ""] = texts(message);
    const found = this.#find(session, this.#about(message));
    if (found !== undefined) found.phases.at(-1)?.push(message);
    else if (message.m.startsWith("symbol_")) this.#early.push(message);
  }

  /** The symbol or series that a message is about. */
  #about({ p }: Message): string {
    const about: unknown = Array.isArray(p) ? p[1] : undefined;
    if (typeof about === "string") return about;
    return typeof about === "object" && about !== null ? (Object.keys(about)[0] ?? "") : "";
  }

  #find(session: string, id: string): RecordedSeries | undefined {
    return this.series.findLast(
      ({ ids }) => ids.session === session && (ids.seriesId === id || ids.symbolId === id),
    );
  }
}

function messageOf(value: object): Message | null {
  const fields: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(value));
  const { m } = fields;
  return typeof m === "string" ? { ...fields, m } : null;
}

function texts({ p }: Message): readonly string[] {
  return Array.isArray(p) ? p.map(String) : [];
}
