import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { EgxError, messageOf } from "../base/errors.ts";
import { z } from "../base/schema.ts";
import { type Database, sqlText } from "../parquet/duckdb.ts";
import { type BarTable, sampleRows, type TableRow } from "./bar-table.ts";

const pageRows = 65_536;
const rowsSchema = z.array(z.array(z.string().nullable()));

/**
 * Opens a Parquet file; every value as text, and null as the empty one.
 * @throws E_FILE_MISSING; E_FILE_FORMAT for what is no Parquet file, or damaged.
 */
export async function openParquetTable(path: string, database: Database): Promise<BarTable> {
  const file = basename(path);
  const sha256 = await digestOf(path);
  const header = await columnsOf(path, database);
  const select = header.map((name) => `CAST(${sqlName(name)} AS VARCHAR)`).join(", ");
  const page = async (first: number, rows: number): Promise<readonly (readonly string[])[]> => {
    const found = await reading(path, () =>
      database.rows(
        `SELECT ${select} FROM read_parquet(${sqlText(path)}, file_row_number = true) ` +
          `WHERE file_row_number >= ${first} AND file_row_number < ${first + rows}`,
      ),
    );
    return rowsSchema.parse(found).map((row) => row.map((value) => value ?? ""));
  };
  const sample = await page(0, sampleRows);
  if (sample.length === 0) throw new EgxError("E_FILE_FORMAT", `${file} has no rows`);
  return {
    file,
    header,
    sample,
    sha256,
    rows: async function* (signal): AsyncGenerator<readonly TableRow[]> {
      for (let first = 0; !signal.aborted; first += pageRows) {
        const found = await page(first, pageRows);
        yield found.map((fields, index) => ({
          line: first + index + 1,
          fields,
          text: "",
          bytes: 0,
        }));
        if (found.length < pageRows) return;
      }
    },
  };
}

async function columnsOf(path: string, database: Database): Promise<readonly string[]> {
  const rows = await reading(path, () =>
    database.rows(`DESCRIBE SELECT * FROM read_parquet(${sqlText(path)})`),
  );
  return rows.map((row) => z.string().parse(row[0]));
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path))
      hash.update(z.instanceof(Buffer).parse(chunk));
  } catch (error) {
    throw new EgxError("E_FILE_MISSING", `${path} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return hash.digest("hex");
}

async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new EgxError("E_FILE_FORMAT", `${basename(path)} is no whole Parquet file`, {
      cause: error,
      hint: "Fetch the file again; for a CSV file: egx import csv FILE.",
    });
  }
}

function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
