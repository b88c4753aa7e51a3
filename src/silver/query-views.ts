import { intervals } from "../market/interval.ts";
import { indexMemberLists } from "../market/universe.ts";
import {
  barColumns,
  certificateColumns,
  columnList,
  emptySelect,
  indexMemberColumns,
  sessionColumns,
  type SilverColumn,
  symbolColumns,
} from "./columns.ts";
import { barsOfRevisions, parquetTable } from "./partition-sql.ts";
import {
  parseCertificatesKey,
  parsePartition,
  parsePartitionKey,
  type PartitionedTable,
  sessionsKey,
  symbolsKey,
} from "./silver-keys.ts";
import type { SourceRank } from "./source-rank.ts";

/** As in the Parquet objects, and the interval by its name on the wire (`Daily`, `1 Minute`). */
const barViewColumns: readonly SilverColumn[] = [
  ...barColumns.slice(0, 2),
  { name: "interval", type: "VARCHAR" },
  ...barColumns.slice(2),
];

const certificateViewColumns: readonly SilverColumn[] = [
  ...certificateColumns.slice(0, 2),
  { name: "interval", type: "VARCHAR" },
  ...certificateColumns.slice(2),
];

export interface ViewSources {
  /** Files on this machine by the key of the object that they hold. */
  readonly files: ReadonlyMap<string, string>;
  /** Shows what was known at an instant: revisions that had been received by then. */
  readonly asOf?: Temporal.Instant;
  readonly rank: SourceRank;
}

/** The statements that make the views, in order. */
export function viewStatements(sources: ViewSources): readonly string[] {
  const { files, asOf } = sources;
  const revisions = partitionedSelect("bar_revisions", files);
  const symbols = singleSelect(symbolsKey, symbolColumns, files);
  const sessions = singleSelect(sessionsKey, sessionColumns, files);
  const columns = columnList(barViewColumns);
  const known = `SELECT ${columns} FROM (${revisions})${receivedBy(asOf)}`;
  const bars =
    asOf === undefined
      ? partitionedSelect("bars", files)
      : `SELECT ${columns} FROM (${barsOfRevisions("bar_revisions", sources.rank)})`;
  return [
    `CREATE VIEW bar_revisions AS ${known}`,
    `CREATE VIEW bars AS ${bars}`,
    `CREATE VIEW symbols AS ${symbols}`,
    `CREATE VIEW sessions AS ${sessions}`,
    `CREATE VIEW certificates AS ${certificatesSelect(files)}`,
    `CREATE VIEW complete_bars AS ${completeBars}`,
    `CREATE VIEW index_members AS ${indexMembersSelect()}`,
  ];
}

/** The lists of members that this release knows; it knows no weights. */
function indexMembersSelect(): string {
  const rows = indexMemberLists.flatMap(({ index, validFrom, validTo, symbols }) => {
    const until = validTo === null ? "NULL" : `'${validTo}'`;
    return symbols.map((symbol) => `('${index}', '${symbol}', NULL, '${validFrom}', ${until})`);
  });
  const columns = indexMemberColumns.map(
    ({ name, type }, place) => `CAST(col${place} AS ${type}) AS "${name}"`,
  );
  return `SELECT ${columns.join(", ")} FROM (VALUES ${rows.join(", ")})`;
}

function receivedBy(asOf: Temporal.Instant | undefined): string {
  if (asOf === undefined) return "";
  const nanoseconds = asOf.epochNanoseconds;
  const micros = nanoseconds / 1000n - (nanoseconds % 1000n < 0n ? 1n : 0n);
  return ` WHERE ingestion_timestamp <= make_timestamptz(${micros})`;
}

/** The bars of sessions that are certified to be complete. */
const completeBars =
  "SELECT bars.* FROM bars SEMI JOIN (FROM certificates WHERE state = 'complete') AS certified " +
  'USING (exchange, symbol, "interval", date)';

function certificatesSelect(files: ReadonlyMap<string, string>): string {
  const selects = [...files].flatMap(([key, file]) => {
    const partition = parsePartition(parseCertificatesKey(key) ?? "");
    if (partition === null) return [];
    const columns = columnList(certificateViewColumns).replace(
      '"interval"',
      `'${partition.interval.name}' AS "interval"`,
    );
    return [`SELECT ${columns} FROM ${parquetTable(file)}`];
  });
  return selects.length === 0 ? emptySelect(certificateViewColumns) : selects.join(" UNION ALL ");
}

/** All partitions of a table; those of an interval are left alone when a query asks for another. */
function partitionedSelect(table: PartitionedTable, files: ReadonlyMap<string, string>): string {
  const selects = intervals.flatMap((interval) => {
    const ofInterval = [...files]
      .filter(([key]) => {
        const parsed = parsePartitionKey(key);
        return parsed?.table === table && parsed.code === interval.code;
      })
      .map(([, file]) => file);
    if (ofInterval.length === 0) return [];
    const columns = columnList(barViewColumns).replace(
      '"interval"',
      `'${interval.name}' AS "interval"`,
    );
    return [`SELECT ${columns} FROM ${parquetTable(...ofInterval)}`];
  });
  return selects.length === 0 ? emptySelect(barViewColumns) : selects.join(" UNION ALL ");
}

function singleSelect(
  key: string,
  columns: readonly SilverColumn[],
  files: ReadonlyMap<string, string>,
): string {
  const file = files.get(key);
  if (file === undefined) return emptySelect(columns);
  // One that an earlier release wrote lacks the newer columns until the next build.
  const all = `${emptySelect(columns)} UNION ALL BY NAME FROM ${parquetTable(file)}`;
  return `SELECT ${columnList(columns)} FROM (${all})`;
}
