import {
  DuckDBArrayType,
  DuckDBArrayValue,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBUnionType,
  DuckDBUnionValue,
  type DuckDBValue,
  type DuckDBValueConverter,
  listValue,
  StatementType,
} from "@duckdb/node-api";
import { messageOf } from "../base/errors.ts";
import { z } from "../base/schema.ts";
import { floatNumber, isoOfMicros, type QueryValue, wholeNumber } from "./query-value.ts";

export interface DatabaseOptions {
  readonly memoryBytes: number;
  readonly threads: number;
  /** Where what does not fit in memory goes; made when it is needed. */
  readonly temporaryFolder: string;
}

export interface Column {
  readonly name: string;
  /** As SQL writes it: `VARCHAR`, `TIMESTAMP WITH TIME ZONE`, `VARCHAR[]` … */
  readonly type: string;
}

export interface Prepared {
  /** Whether the statement is a SELECT or an EXPLAIN. */
  readonly reads: boolean;
  readonly parameters: number;
}

export interface ResultStream {
  readonly columns: readonly Column[];
  /** The rows in batches of some 2,000, read as they are asked for. */
  readonly batches: AsyncIterable<readonly (readonly QueryValue[])[]>;
}

/** What a table's column takes. Dates are days and instants milliseconds since 1970 (UTC). */
export type ColumnValues =
  | { readonly kind: "plain"; readonly values: readonly (string | number | boolean | null)[] }
  | { readonly kind: "bigint"; readonly values: readonly (number | null)[] }
  | { readonly kind: "date"; readonly values: readonly (number | null)[] }
  | { readonly kind: "instant"; readonly values: readonly (number | null)[] }
  | { readonly kind: "texts"; readonly values: readonly (readonly string[])[] };

/** What DuckDB said of a statement, as data. */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
  /** DuckDB's own name of the failure, in lower case: `parser`, `permission`, `interrupt` … */
  readonly type: string;
  /** Where in the statement, in bytes from its start; null when it says nothing. */
  readonly position: number | null;
  /** The nearest names, when one is not known. */
  readonly candidates: readonly string[];

  constructor(facts: DatabaseErrorFacts, options?: ErrorOptions) {
    super(facts.message, options);
    this.type = facts.type.toLowerCase();
    this.position = facts.position;
    this.candidates = facts.candidates;
  }
}

export interface DatabaseErrorFacts {
  readonly type: string;
  readonly message: string;
  readonly position: number | null;
  readonly candidates: readonly string[];
}

const errorSchema = z.object({
  exception_type: z.string(),
  exception_message: z.string(),
  position: z.string().optional(),
  candidates: z.string().optional(),
});

const chunkRowsMax = 2048;

/** What connections to one database have in common. */
interface Shared {
  readonly instance: DuckDBInstance;
  /** Connections that are open. */
  open: number;
}

/**
 * A connection to a DuckDB database in memory: the one place that knows the library. It loads no
 * extension beyond those that are built in, and its time zone is UTC. One statement at a time.
 */
export class Database {
  readonly #shared: Shared;
  readonly #connection: DuckDBConnection;
  #closed = false;

  private constructor(shared: Shared, connection: DuckDBConnection) {
    this.#shared = shared;
    this.#connection = connection;
    shared.open += 1;
  }

  static async open(options: DatabaseOptions): Promise<Database> {
    const instance = await DuckDBInstance.create(":memory:", {
      memory_limit: `${options.memoryBytes}B`,
      threads: String(options.threads),
      temp_directory: options.temporaryFolder,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      allow_community_extensions: "false",
      preserve_insertion_order: "true",
    });
    const database = new Database({ instance, open: 0 }, await instance.connect());
    // For all connections: one that is opened later cannot set anything when this one is locked.
    await database.run("SET GLOBAL errors_as_json = true");
    await database.run("SET GLOBAL TimeZone = 'UTC'");
    return database;
  }

  /**
   * Another connection to the same database, for statements that run at the same time. It has the
   * same views, limits and locks, and the memory is that of all together.
   */
  async beside(): Promise<Database> {
    return new Database(this.#shared, await this.#shared.instance.connect());
  }

  /**
   * From here on the engine reads no file but `files`, reads and writes inside `folder`, reaches
   * no network, and cannot be told otherwise.
   */
  async lockDown(files: readonly string[], folder: string): Promise<void> {
    await this.run(`SET allowed_paths = [${files.map(sqlText).join(", ")}]`);
    await this.run(`SET allowed_directories = [${sqlText(`${folder}/`)}]`);
    // They do not change any more, and reading their footers anew costs as much as a small query.
    await this.run("SET GLOBAL parquet_metadata_cache = true");
    await this.run("SET enable_external_access = false");
    await this.run("SET lock_configuration = true");
  }

  /** Runs a statement and forgets its answer. */
  async run(sql: string, parameters: readonly string[] = []): Promise<void> {
    await failing(() => this.#connection.run(sql, [...parameters]));
  }

  /** Runs a statement and gives all of its rows. */
  async rows(
    sql: string,
    parameters: readonly string[] = [],
  ): Promise<readonly (readonly QueryValue[])[]> {
    return failing(async () => {
      const result = await this.#connection.run(sql, [...parameters]);
      return result.convertRows(queryValueOf);
    });
  }

  /** Checks a statement's names and types without running it. */
  async prepare(sql: string): Promise<Prepared> {
    return failing(async () => {
      const prepared = await this.#connection.prepare(sql);
      const { statementType, parameterCount } = prepared;
      prepared.destroySync();
      const reads = statementType === StatementType.SELECT;
      return {
        reads: reads || statementType === StatementType.EXPLAIN,
        parameters: parameterCount,
      };
    });
  }

  /** Begins a statement; its rows are read as they are asked for. */
  async stream(sql: string): Promise<ResultStream> {
    const result = await failing(() => this.#connection.stream(sql));
    const types = result.columnTypes();
    const columns = result.columnNames().map((name, index) => ({
      name,
      type: String(types[index] ?? ""),
    }));
    const batches = async function* (): AsyncGenerator<readonly (readonly QueryValue[])[]> {
      const iterator = result.yieldConvertedRows(queryValueOf);
      for (;;) {
        const next = await failing(() => iterator.next());
        if (next.done === true) return;
        yield next.value;
      }
    };
    return { columns, batches: batches() };
  }

  /** Appends rows, given as columns of one length, to a table. */
  async append(table: string, columns: readonly ColumnValues[]): Promise<void> {
    await failing(async () => {
      const appender = await this.#connection.createAppender(table);
      try {
        const types = columns.map((_, index) => appender.columnType(index));
        const rows = columns[0]?.values.length ?? 0;
        for (let first = 0; first < rows; first += chunkRowsMax) {
          const last = Math.min(first + chunkRowsMax, rows);
          const chunk = DuckDBDataChunk.create(types);
          chunk.setColumns(columns.map((column) => valuesOf(column, first, last)));
          appender.appendDataChunk(chunk);
        }
      } finally {
        appender.closeSync();
      }
    });
  }

  /** Ends the statement under way with a {@link DatabaseError} of type `Interrupt`. */
  interrupt(): void {
    this.#connection.interrupt();
  }

  /** Idempotent. The database goes with its last connection. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.closeSync();
    this.#shared.open -= 1;
    if (this.#shared.open === 0) this.#shared.instance.closeSync();
  }
}

/** A text as a literal of SQL. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function valuesOf(column: ColumnValues, first: number, last: number): DuckDBValue[] {
  switch (column.kind) {
    case "plain":
      return column.values.slice(first, last);
    case "bigint":
      return column.values
        .slice(first, last)
        .map((value) => (value === null ? null : BigInt(value)));
    case "date":
      return column.values
        .slice(first, last)
        .map((days) => (days === null ? null : new DuckDBDateValue(days)));
    case "instant":
      return column.values
        .slice(first, last)
        .map((ms) => (ms === null ? null : new DuckDBTimestampTZValue(BigInt(ms) * 1000n)));
    case "texts":
      return column.values.slice(first, last).map((texts) => listValue([...texts]));
    default:
      return column satisfies never;
  }
}

async function failing<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw databaseError(error);
  }
}

function databaseError(error: unknown): unknown {
  const text = messageOf(error);
  const at = text.indexOf("{");
  if (at === -1) return error;
  try {
    const facts = errorSchema.parse(JSON.parse(text.slice(at)));
    return new DatabaseError(
      {
        type: facts.exception_type,
        message: facts.exception_message,
        position: facts.position === undefined ? null : Number(facts.position),
        candidates: facts.candidates?.split(",") ?? [],
      },
      { cause: error },
    );
  } catch {
    return error;
  }
}

const queryValueOf: DuckDBValueConverter<QueryValue> = (value, type) => convert(value, type);

function convert(value: DuckDBValue, type: DuckDBType): QueryValue {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return wholeNumber(value);
  if (typeof value === "number") return floatNumber(value);
  if (value instanceof DuckDBTimestampTZValue) {
    return (value.isFinite ? isoOfMicros(value.micros) : null) ?? String(value);
  }
  if (value instanceof DuckDBDecimalValue) return decimal(value);
  if (isLocalTimestamp(value)) return String(value).replace(" ", "T");
  return nested(value, type);
}

/** A DECIMAL is exact: as a number while every digit of it survives, else as text. */
function decimal(value: DuckDBDecimalValue): number | string {
  const digitsExact = 15;
  return value.width <= digitsExact ? value.toDouble() : String(value);
}

function isLocalTimestamp(value: DuckDBValue): boolean {
  return (
    value instanceof DuckDBTimestampValue ||
    value instanceof DuckDBTimestampMillisecondsValue ||
    value instanceof DuckDBTimestampSecondsValue ||
    value instanceof DuckDBTimestampNanosecondsValue
  );
}

function nested(value: Exclude<DuckDBValue, null>, type: DuckDBType): QueryValue {
  if (value instanceof DuckDBListValue && type instanceof DuckDBListType) {
    return value.items.map((item) => convert(item, type.valueType));
  }
  if (value instanceof DuckDBArrayValue && type instanceof DuckDBArrayType) {
    return value.items.map((item) => convert(item, type.valueType));
  }
  if (value instanceof DuckDBMapValue && type instanceof DuckDBMapType) {
    return value.entries.map((entry) => ({
      key: convert(entry.key, type.keyType),
      value: convert(entry.value, type.valueType),
    }));
  }
  if (value instanceof DuckDBStructValue && type instanceof DuckDBStructType) {
    return Object.fromEntries(
      type.entryNames.map((name, index) => {
        const entryType = type.entryTypes[index];
        const entry = value.entries[name] ?? null;
        return [name, entryType === undefined ? null : convert(entry, entryType)];
      }),
    );
  }
  if (value instanceof DuckDBUnionValue && type instanceof DuckDBUnionType) {
    return convert(value.value, type.memberTypeForTag(value.tag));
  }
  return String(value);
}
