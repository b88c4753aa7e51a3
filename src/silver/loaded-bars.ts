import { rm } from "node:fs/promises";
import path from "node:path";
import { EgxError } from "../base/errors.ts";
import type { Lake } from "../lake/lake.ts";
import { snapshotObject } from "../lake/object-file.ts";
import type { EntryObject } from "../ledger/entry.ts";
import { readLoad } from "../ledger/loads.ts";
import type { Bar } from "../market/bar.ts";
import { batchBars } from "../parquet/batch-object.ts";
import type { Database } from "../parquet/duckdb.ts";
import { fileDigest } from "../parquet/scratch-folder.ts";

/** Some bars of a load and the key of the object that holds them. */
export interface LoadedBars {
  readonly bars: readonly Bar[];
  readonly object: string;
}

/**
 * The bars of a load, some thousands at a time, each object held against the load's entry first.
 * @throws E_LAKE_OBJECT_MISSING and E_LAKE_OBJECT_DAMAGED, which name the object.
 */
export async function* loadedBars(
  lake: Lake,
  load: string,
  reading: { readonly database: Database; readonly folder: string },
): AsyncGenerator<LoadedBars> {
  const entry = await readLoad(lake, load);
  for (const object of entry?.objects ?? []) {
    const file = await checkedFile(lake, object, reading.folder);
    let records = 0;
    for await (const bars of batchBars(reading.database, file)) {
      records += bars.length;
      yield { bars, object: object.key };
    }
    await rm(file, { force: true });
    if (records !== object.records) {
      throw damaged(object, `holds ${records} rows, and its load says ${object.records}`);
    }
  }
}

async function checkedFile(lake: Lake, object: EntryObject, folder: string): Promise<string> {
  const file = path.join(folder, "loads", path.basename(object.key));
  const snapshot = await snapshotObject(lake, object.key, file);
  if (snapshot === null) {
    throw new EgxError("E_LAKE_OBJECT_MISSING", `${object.key} is named by its load and missing`, {
      details: { key: object.key },
    });
  }
  if ((await fileDigest(snapshot.path)) !== object.sha256) {
    throw damaged(object, "is not what its load names");
  }
  return snapshot.path;
}

function damaged(object: EntryObject, text: string): EgxError {
  return new EgxError("E_LAKE_OBJECT_DAMAGED", `${object.key} ${text}`, {
    details: { key: object.key },
  });
}
