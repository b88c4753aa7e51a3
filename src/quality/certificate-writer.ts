import { mkdir } from "node:fs/promises";
import path from "node:path";
import { z } from "../base/schema.ts";
import type { Lake } from "../lake/lake.ts";
import { dateText } from "../market/cairo-time.ts";
import { type ColumnValues, Database } from "../parquet/duckdb.ts";
import { fileDigest } from "../parquet/scratch-folder.ts";
import { type BuiltState, positionText } from "../silver/built-state.ts";
import { certificateColumns, columnDefinitions, columnList } from "../silver/columns.ts";
import { copyToParquet } from "../silver/partition-sql.ts";
import type { Query } from "../silver/query.ts";
import { certificatesKey, parsePartition } from "../silver/silver-keys.ts";
import type { Certificate } from "./certificate.ts";
import { type CertifiedObject, certificateFormat } from "./certified-state.ts";
import type { PartitionPlan } from "./certify-plan.ts";
import { rowsOf } from "./silver-market.ts";

/** An object of certificates that waits to be put. */
export interface PreparedCertificates extends CertifiedObject {
  readonly key: string;
  readonly file: string;
  readonly expected: string | null;
}

const memoryBytes = 512 * 1024 * 1024;
const threads = 2;

/** What earlier certificates say of when they were made. */
interface Dated {
  readonly certifiedMs: number | null;
  readonly certifiedAs: string | null;
  readonly correctedMs: number | null;
}

const datedRow = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.number().nullable(),
  z.string().nullable(),
  z.number().nullable(),
]);
const undated: Dated = { certifiedMs: null, certifiedAs: null, correctedMs: null };

/** Writes certificates into Parquet files of a scratch folder. */
export class CertificateWriter {
  readonly #database: Database;
  readonly #folder: string;
  readonly #sources: { readonly lake: Lake; readonly query: Query; readonly state: BuiltState };

  private constructor(
    database: Database,
    folder: string,
    sources: { readonly lake: Lake; readonly query: Query; readonly state: BuiltState },
  ) {
    this.#database = database;
    this.#folder = folder;
    this.#sources = sources;
  }

  static async open(
    folder: string,
    sources: { readonly lake: Lake; readonly query: Query; readonly state: BuiltState },
  ): Promise<CertificateWriter> {
    const temporaryFolder = path.join(folder, "spill");
    const database = await Database.open({ memoryBytes, threads, temporaryFolder });
    return new CertificateWriter(database, folder, sources);
  }

  close(): void {
    this.#database.close();
  }

  async write(
    plan: PartitionPlan,
    certificates: readonly Certificate[],
    nowMs: number,
  ): Promise<PreparedCertificates> {
    const { lake, state } = this.#sources;
    const key = certificatesKey(plan.name);
    const expected = (await lake.head(key))?.version ?? null;
    const dated = await this.#datedBefore(plan);
    const table = "certificate_rows";
    await this.#database.run(
      `CREATE OR REPLACE TABLE ${table} (${columnDefinitions(certificateColumns)})`,
    );
    await this.#database.append(table, columnsOf(certificates, dated, nowMs));
    const file = path.join(this.#folder, plan.name, "certificates.parquet");
    await mkdir(path.dirname(file), { recursive: true });
    const select = `SELECT ${columnList(certificateColumns)} FROM ${table} ORDER BY symbol, exchange, date`;
    const metadata = { position: positionText(state), format: certificateFormat };
    await this.#database.run(copyToParquet(select, file, metadata));
    const sha256 = await fileDigest(file);
    return { key, file, expected, sha256, rows: certificates.length, inputs: plan.inputs };
  }

  async #datedBefore({ name, span }: PartitionPlan): Promise<ReadonlyMap<string, Dated>> {
    const interval = parsePartition(name)?.interval.name ?? "";
    const rows = await rowsOf(
      this.#sources.query,
      "SELECT exchange, symbol, date, epoch_ms(certified_at), certified_as, epoch_ms(corrected_at) " +
        `FROM certificates WHERE "interval" = '${interval}' ` +
        `AND date BETWEEN '${dateText(span.from)}' AND '${dateText(span.to)}'`,
      datedRow,
    );
    return new Map(
      rows.map(([exchange, symbol, date, certifiedMs, certifiedAs, correctedMs]) => [
        `${exchange}|${symbol}|${date}`,
        { certifiedMs, certifiedAs, correctedMs },
      ]),
    );
  }
}

function columnsOf(
  certificates: readonly Certificate[],
  before: ReadonlyMap<string, Dated>,
  nowMs: number,
): ColumnValues[] {
  const plain = (value: (of: Certificate) => string | number | null): ColumnValues => ({
    kind: "plain",
    values: certificates.map(value),
  });
  const texts = (value: (of: Certificate) => readonly string[]): ColumnValues => ({
    kind: "texts",
    values: certificates.map(value),
  });
  const dated = certificates.map((certificate) => {
    const { exchange, symbol, day } = certificate;
    return datesOf(
      certificate,
      before.get(`${exchange}|${symbol}|${dateText(day)}`) ?? undated,
      nowMs,
    );
  });
  return [
    plain((of) => of.symbol),
    plain((of) => of.exchange),
    { kind: "date", values: certificates.map((of) => of.day) },
    plain((of) => of.state),
    plain((of) => of.stage),
    plain((of) => of.expectation),
    plain((of) => of.share),
    plain((of) => of.expected),
    plain((of) => of.stored),
    plain((of) => of.provisional),
    plain((of) => of.suspect),
    plain((of) => of.backfilled),
    plain((of) => of.waived),
    texts((of) => of.defects),
    texts((of) => of.holes),
    { kind: "instant", values: dated.map(({ certifiedMs }) => certifiedMs) },
    { kind: "plain", values: dated.map(({ certifiedAs }) => certifiedAs) },
    { kind: "instant", values: dated.map(({ correctedMs }) => correctedMs) },
    texts((of) => of.objects),
    texts((of) => of.offsets),
  ];
}

/** When each stage was certified first, and as what the session's end left it. */
function datesOf({ stage, state }: Certificate, before: Dated, nowMs: number): Dated {
  if (stage === null) return undated;
  return {
    certifiedMs: before.certifiedMs ?? nowMs,
    certifiedAs: before.certifiedAs ?? state,
    correctedMs: stage === "corrected" ? (before.correctedMs ?? nowMs) : null,
  };
}
