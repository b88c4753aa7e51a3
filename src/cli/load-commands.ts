import { command, type Command } from "./command.ts";
import { schemas } from "./config/schemas.ts";

/** The commands that bring history into batch/. */
export const loadCommands: readonly Command[] = [
  command(
    {
      name: "backfill",
      group: "Load",
      summary: "A feed's history to batch/, in few large objects",
      examples: [
        "egx backfill --symbols all --interval Daily --from 2015-01-01 --resume",
        "egx backfill --feed yahoo --symbols egx30 --adjusted dividends",
        "egx backfill --feed eodhd --symbols COMI,ETEL --from 2010-01-01",
        "egx backfill --feed recorded --file bars.csv.gz --symbols COMI,ETEL",
        "egx backfill --feed simulator --from 2025-01-01 --to 2025-12-31 --interval 1d --data ./data/sim",
      ],
      notes:
        "Only new and different bars are stored. Exit code 3 when a symbol could not be had; each is named.\n" +
        "With --resume a restart goes on where it stopped. --feed eodhd takes its token from EODHD_API_TOKEN.\n" +
        "See docs/loads.md.",
      onInterrupt: "stopping: what was loaded stays, --resume goes on from there",
    },
    schemas.backfill,
    async () => (await import("./commands/backfill.ts")).backfill,
  ),
  command(
    {
      name: "import csv",
      group: "Load",
      summary: "Other people's bars from a CSV file to batch/",
      args: [{ name: "<file>", meaning: "the CSV file (also .gz)" }],
      examples: [
        "egx import csv egx-daily.csv.gz --source csv:egx-daily",
        'egx import csv "COMI Historical Data.csv" --symbols COMI --date-order mdy',
        "egx import csv prices.csv --map symbol=Ticker,date=Day,close=Last --adjusted none",
      ],
      notes:
        "What the columns are is worked out, said, and asked for on a terminal where it is not clear.\n" +
        "The same file twice adds nothing. See docs/loads.md.",
      onInterrupt: "stopping: nothing is stored before the whole file is",
    },
    schemas.import,
    async () => (await import("./commands/import.ts")).importCsv,
  ),
  command(
    {
      name: "import parquet",
      group: "Load",
      summary: "Other people's bars from a Parquet file to batch/",
      args: [{ name: "<file>", meaning: "the Parquet file" }],
      examples: [
        "egx import parquet prices.parquet --source csv:prices",
        "egx import parquet minutes.parquet --interval 1m --map datetime_utc=ts",
      ],
      notes: "As egx import csv does, by the names of its columns. See docs/loads.md.",
      onInterrupt: "stopping: nothing is stored before the whole file is",
    },
    schemas.import,
    async () => (await import("./commands/import.ts")).importParquet,
  ),
  command(
    {
      name: "import kaggle",
      group: "Load",
      summary: "A data set of Kaggle's, or its zip archive, to batch/",
      args: [{ name: "<set>", meaning: "OWNER/DATASET, or a .zip file of one" }],
      examples: [
        "egx import kaggle eyadshaban/egx-stock-data",
        "egx import kaggle mahmoudalrefaey/egx-egyptian-stocks-2021-2026 --symbols COMI,ETEL",
        "egx import kaggle egx.zip --source kaggle:owner/set",
      ],
      notes:
        "Credentials come from KAGGLE_API_TOKEN, KAGGLE_USERNAME and KAGGLE_KEY, or ~/.kaggle; public sets need\n" +
        "none. The licence that the page names is kept with the load. Exit code 3 when a file of it could not\n" +
        "be taken; each is named. The same set twice adds nothing. See docs/loads.md.",
      onInterrupt: "stopping: nothing is stored before the whole set is",
    },
    schemas.importKaggle,
    async () => (await import("./commands/import-kaggle.ts")).importKaggle,
  ),
  command(
    {
      name: "import companies",
      group: "Load",
      summary: "Sectors, industries, ISINs and listed shares from a CSV file, for silver's symbols",
      args: [{ name: "<file>", meaning: "the CSV file (also .gz), a company a line" }],
      examples: ["egx import companies companies.csv && egx silver"],
      notes:
        "Columns by their names: symbol, isin, name_en, name_ar, sector, industry, listed_date, listed_shares.\n" +
        "By company and fact the last file counts. See docs/loads.md.",
    },
    schemas.importCompanies,
    async () => (await import("./commands/import-companies.ts")).importCompanies,
  ),
];
