import path from "node:path";
import { z } from "../base/schema.ts";
import type { Lake } from "../lake/lake.ts";
import { snapshotObject } from "../lake/object-file.ts";
import { Database, sqlText } from "../parquet/duckdb.ts";
import { makeScratchFolder } from "../parquet/scratch-folder.ts";
import { parseCertificatesKey, parsePartition } from "../silver/silver-keys.ts";
import type { CertificateState } from "./certificate.ts";
import { readCertifiedState } from "./certified-state.ts";

/** How many certificates are in which state, of one interval's newest unit that has ended. */
export interface CertificateCount {
  /** The interval's code: `1m`. */
  readonly interval: string;
  /** The unit's Cairo date. */
  readonly date: string;
  readonly states: Readonly<Record<CertificateState, number>>;
}

interface Counted {
  readonly sha256: string;
  readonly count: CertificateCount | null;
}

const rowSchema = z.tuple([
  z.string(),
  z.enum(["complete", "degraded", "pending", "missing"]),
  z.coerce.number(),
]);
const memoryBytes = 128 * 1024 * 1024;

/** Counts certificates; an object is read again only when it has changed. */
export class CertificateCounts {
  readonly #lake: Lake;
  readonly #scratchFolder: string;
  readonly #counted = new Map<string, Counted>();

  /** `scratchFolder` is a folder on this machine; it is made when there is none. */
  constructor(lake: Lake, scratchFolder: string) {
    this.#lake = lake;
    this.#scratchFolder = scratchFolder;
  }

  /** As they are now; none before the first session is certified. @throws as the lake does. */
  async look(): Promise<readonly CertificateCount[]> {
    const { state } = await readCertifiedState(this.#lake);
    const newestFirst = Object.entries(state.objects).toSorted(([left], [right]) =>
      left < right ? 1 : -1,
    );
    const counts = new Map<string, CertificateCount>();
    for (const [key, { sha256 }] of newestFirst) {
      const interval = parsePartition(parseCertificatesKey(key) ?? "")?.interval.code;
      // Of a month that has just begun, no unit may have ended.
      if (interval === undefined || counts.has(interval)) continue;
      const before = this.#counted.get(key);
      const known =
        before?.sha256 === sha256 ? before : { sha256, count: await this.#count(interval, key) };
      this.#counted.set(key, known);
      if (known.count !== null) counts.set(interval, known.count);
    }
    return [...counts.values()];
  }

  async #count(interval: string, key: string): Promise<CertificateCount | null> {
    await using folder = await makeScratchFolder(this.#scratchFolder, "query");
    const file = path.join(folder.path, "certificates.parquet");
    if ((await snapshotObject(this.#lake, key, file)) === null) return null;
    const temporaryFolder = path.join(folder.path, "spill");
    const database = await Database.open({ memoryBytes, threads: 1, temporaryFolder });
    try {
      const ended = `FROM read_parquet(${sqlText(file)}) WHERE stage IS NOT NULL`;
      const rows = await database.rows(
        `SELECT date, state, count(*) ${ended} ` +
          `AND date = (SELECT max(date) ${ended}) GROUP BY ALL`,
      );
      const states = { complete: 0, degraded: 0, pending: 0, missing: 0 };
      let newest: string | null = null;
      for (const row of rows) {
        const [date, state, count] = rowSchema.parse(row);
        newest = date;
        states[state] = count;
      }
      return newest === null ? null : { interval, date: newest, states };
    } finally {
      database.close();
    }
  }
}
