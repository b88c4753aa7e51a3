import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { textOf } from "../../src/base/bytes.ts";
import { EgxError } from "../../src/base/errors.ts";
import type { LoadOrigin } from "../../src/ledger/load-entry.ts";
import { readLoads } from "../../src/ledger/loads.ts";
import type { ImportWishes } from "../../src/loads/import-plan.ts";
import { importSet, type ImportSetSummary } from "../../src/loads/import-set.ts";
import { symbolOfFile } from "../../src/loads/set-files.ts";
import { fileOf, storeOf, verified } from "../support/loads.ts";
import { makeLake, rowsOf, type TestLake } from "../support/silver-lake.ts";
import { zipOf, type ZipFileSpec } from "../support/zip.ts";

const source = "kaggle:owner/set";
const origin: LoadOrigin = {
  site: "kaggle",
  dataset: "owner/set",
  version: 3,
  licence: "CC0-1.0",
  updated: "2026-02-05T10:11:12.123Z",
};
const investingHeader = '\uFEFF"Date","Price","Open","High","Low","Vol.","Change %"\r\n';

/** A file as investing.com writes it. */
function investing(name: string, ...rows: readonly string[]): ZipFileSpec {
  return { name: `${name} Historical Data.csv`, content: investingHeader + rows.join("\r\n") };
}

/** A file as yfinance writes it. */
function yfinance(name: string, ...rows: readonly string[]): ZipFileSpec {
  const header = "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n";
  return { name: `${name}.csv`, content: header + rows.join("\n") };
}

const comi = investing(
  "egx/COMI",
  '"11/24/2025","81.50","80.50","82.00","80.00","1.25M","1.24%"',
  '"11/23/2025","80.50","80.00","81.00","79.00","1.2M","0.60%"',
);
const etel = investing(
  "egx/ETEL",
  '"11/24/2025","1,040.5","1,040","1,041","1,039","850.5K","0.1%"',
);

async function importZip(
  { lake, scratchFolder }: TestLake,
  file: string,
  wishes: Partial<ImportWishes> = {},
): Promise<ImportSetSummary> {
  return importSet({
    ...storeOf(lake),
    path: file,
    wishes: { source, map: new Map(), currency: "EGP", symbols: "all", ...wishes },
    origin,
    scratchFolder,
  });
}

async function imported(
  t: TestContext,
  files: readonly ZipFileSpec[],
  wishes: Partial<ImportWishes> = {},
): Promise<{ readonly summary: ImportSetSummary; readonly testLake: TestLake }> {
  const testLake = await makeLake(t);
  const file = await fileOf(t, zipOf(files), "set.zip");
  return { summary: await importZip(testLake, file, wishes), testLake };
}

async function refusal(t: TestContext, content: Uint8Array): Promise<EgxError> {
  const testLake = await makeLake(t);
  try {
    await importZip(testLake, await fileOf(t, content, "set.zip"));
  } catch (error) {
    assert.deepEqual(await Array.fromAsync(testLake.lake.list("batch/")), []);
    assert.ok(error instanceof EgxError);
    return error;
  }
  throw new Error("it was imported");
}

const allBars = "select symbol, date, open, high, low, close, volume, source, adjusted from bars";

suite("a set of files in one archive", () => {
  test("of investing.com: symbols by the files' names, one load, with the licence", async (t) => {
    const readme = { name: "README.md", content: "# Educational only" };
    const beside = { name: "__MACOSX/egx/._COMI Historical Data.csv", content: "\u0000\u0005" };
    const { summary, testLake } = await imported(t, [readme, comi, etel, beside]);
    assert.deepEqual([summary.files, summary.ignored, summary.leftOut], [2, 2, []]);
    await testLake.build();
    assert.deepEqual(await rowsOf(testLake, `${allBars} order by 1, 2`), [
      ["COMI", "2025-11-23", 80, 81, 79, 80.5, 1_200_000, source, "splits"],
      ["COMI", "2025-11-24", 80.5, 82, 80, 81.5, 1_250_000, source, "splits"],
      ["ETEL", "2025-11-24", 1040, 1041, 1039, 1040.5, 850_500, source, "splits"],
    ]);
    const [load] = await Array.fromAsync(readLoads(testLake.lake));
    assert.deepEqual(load?.entry.origin, origin);
    assert.deepEqual((await verified(testLake.lake)).findings, []);
  });

  test("of yfinance: dividends are taken out of its prices", async (t) => {
    const { testLake } = await imported(t, [
      yfinance("COMI.CA", "2025-11-24 00:00:00+02:00,80.5,82,80,81.5,1250000,0.0,0.0"),
    ]);
    await testLake.build();
    assert.deepEqual(await rowsOf(testLake, allBars), [
      ["COMI", "2025-11-24", 80.5, 82, 80, 81.5, 1_250_000, source, "dividends"],
    ]);
  });

  test("of several forms is one load for each adjustment", async (t) => {
    const two = [comi, yfinance("ETEL", "2025-11-24,40,41,39,40.5,10,0.0,0.0")];
    const { summary } = await imported(t, two);
    assert.deepEqual(
      summary.loads.map(({ entry }) => [entry.adjusted, entry.symbols.map(({ symbol }) => symbol)]),
      [
        ["splits", ["COMI"]],
        ["dividends", ["ETEL"]],
      ],
    );
  });

  test("again adds nothing, whatever the archive is called and however it is packed", async (t) => {
    const { testLake } = await imported(t, [comi, etel]);
    const again = zipOf([{ ...etel, stored: true }, comi]);
    const summary = await importZip(testLake, await fileOf(t, again, "other.zip"));
    assert.deepEqual(
      summary.loads.map(({ added }) => added),
      [false],
    );
    assert.equal((await Array.fromAsync(testLake.lake.list("batch/"))).length, 1);
  });

  test("a file that shows no order of dates is read as the others are, or left out", async (t) => {
    const open = investing("ETEL", '"03/02/2025","40.5","40","41","39","1K","0.1%"');
    const { testLake } = await imported(t, [open, comi]);
    await testLake.build();
    const dates = await rowsOf(testLake, "select date from bars where symbol = 'ETEL'");
    assert.deepEqual(dates, [["2025-03-02"]]);
    const other = investing("ABUK", '"24/11/2025","40.5","40","41","39","1K","0.1%"');
    const mixed = await imported(t, [open, comi, other]);
    assert.deepEqual(
      mixed.summary.leftOut.map(({ file, error }) => [file, error.details["question"]]),
      [["ETEL Historical Data.csv", "date-order"]],
    );
  });

  test("a file of one row has the interval of the others, or is taken for one of days", async (t) => {
    const weeks = investing(
      "COMI",
      '"11/23/2025","81.50","80.50","82.00","80.00","1.25M","1.24%"',
      '"11/16/2025","80.50","80.00","81.00","79.00","1.2M","0.60%"',
    );
    for (const [files, expected] of [
      [[etel, weeks], [["Weekly", ["COMI", "ETEL"]]]],
      [[etel], [["Daily", ["ETEL"]]]],
    ] as const) {
      const { summary } = await imported(t, files);
      assert.deepEqual(
        summary.loads.map(({ entry }) => [
          entry.interval,
          entry.symbols.map(({ symbol }) => symbol),
        ]),
        expected,
      );
    }
  });

  test("files that are none of bars are left out and named; the others are stored", async (t) => {
    const { summary, testLake } = await imported(t, [
      comi,
      { name: "about.csv", content: "<html><body>Please log in</body></html>" },
      { name: "names.csv", content: "ticker,company\nCOMI,Commercial International Bank\n" },
      { name: "prices.csv", content: "date,close\n2025-11-24,12\n2025-11-25,13\n" },
      { name: "EMPTY.csv", content: "" },
    ]);
    assert.deepEqual(
      summary.leftOut.map(({ file, error }) => [file, error.code]),
      [
        ["about.csv", "E_FILE_FORMAT"],
        ["names.csv", "E_FILE_FORMAT"],
        ["prices.csv", "E_FILE_FORMAT"],
        ["EMPTY.csv", "E_FILE_FORMAT"],
      ],
    );
    await testLake.build();
    assert.deepEqual(await rowsOf(testLake, "select distinct symbol from bars"), [["COMI"]]);
  });

  test("gives the symbols that were asked for, and nobody's file to none of them", async (t) => {
    const nobodys = { name: "prices.csv", content: "date,close\n2025-11-24,12\n2025-11-25,13\n" };
    const { summary, testLake } = await imported(t, [comi, etel, nobodys], { symbols: ["ETEL"] });
    assert.deepEqual([summary.files, summary.ignored], [1, 1]);
    assert.deepEqual(
      summary.leftOut.map(({ file }) => file),
      ["prices.csv"],
    );
    await testLake.build();
    assert.deepEqual(await rowsOf(testLake, "select distinct symbol from bars"), [["ETEL"]]);
  });

  test("keeps the rows that it refuses, with their symbol and line", async (t) => {
    const bad = investing(
      "ETEL",
      '"11/24/2025","40.5","40","41","39","1K","0.1%"',
      '"11/23/2025","0","40","41","39","1K","0.1%"',
    );
    const { summary, testLake } = await imported(t, [comi, bad]);
    const entry = summary.loads[0]?.entry;
    assert.deepEqual(entry?.rejected_codes, [["E_BAR_PRICE", 1]]);
    const stored = await testLake.lake.get(entry.rejected?.key ?? "");
    const line: unknown = JSON.parse(textOf(stored?.body ?? new Uint8Array()));
    assert.match(JSON.stringify(line), /"symbol":"ETEL".*"line":3/);
  });
});

suite("an archive that is refused whole", () => {
  test("cut short, at any of many places", async (t) => {
    const whole = zipOf([comi, etel]);
    for (const share of [0, 0.2, 0.5, 0.9, 0.99]) {
      const { code, message } = await refusal(
        t,
        whole.subarray(0, Math.floor(whole.length * share)),
      );
      assert.equal(code, "E_FILE_FORMAT", `${share}: ${message}`);
    }
  });

  test("a web page, or a table, instead of one", async (t) => {
    for (const text of ["<!doctype html><title>Sign in</title>", "date,close\n2025-11-24,12\n"]) {
      assert.equal((await refusal(t, Buffer.from(text))).code, "E_FILE_FORMAT");
    }
  });

  test("with a password, or without a table", async (t) => {
    const secret = await refusal(t, zipOf([{ ...comi, encrypted: true }]));
    assert.match(secret.message, /has a password/);
    const none = await refusal(t, zipOf([{ name: "model.h5", content: "\u0000" }]));
    assert.match(none.message, /none is a CSV file/);
  });

  test("one that swells", async (t) => {
    const zeros = zipOf([{ name: "COMI.csv", content: Buffer.alloc(8 * 1024 * 1024) }]);
    assert.match((await refusal(t, zeros)).message, /far more than a set of bars/);
    const lies = zipOf([
      { ...comi, saysBytes: 4_000_000_000 },
      { ...etel, saysBytes: 4e9 },
    ]);
    assert.match((await refusal(t, lies)).message, /far more/);
  });

  test("files that are not what the archive says are left out", async (t) => {
    const wrong = { ...etel, saysCrc: 1 };
    const longer = { ...investing("ABUK", "x"), saysBytes: 3 };
    const { summary } = await imported(t, [comi, wrong, longer]);
    assert.deepEqual(
      summary.leftOut.map(({ error }) => error.message.replace(/: .*/, "")),
      [
        "egx/ETEL Historical Data.csv in set.zip is damaged",
        "ABUK Historical Data.csv in set.zip is damaged",
      ],
    );
  });
});

test("a file's name says whose bars it holds, or nothing", () => {
  const names: readonly (readonly [string, string | null])[] = [
    ["COMI Historical Data.csv", "COMI"],
    ["COMI Historical Data (1).csv", "COMI"],
    ["COMI Stock Price History.csv", "COMI"],
    ["EGX 30 Historical Data.csv", "EGX30"],
    ["COMI.CA.csv", "COMI"],
    ["comi.csv", "COMI"],
    ["ZZTOP.csv", "ZZTOP"],
    ["prices.csv", null],
    ["all stocks.csv", null],
    [".csv", null],
  ];
  for (const [file, symbol] of names) assert.equal(symbolOfFile(file), symbol, file);
});
