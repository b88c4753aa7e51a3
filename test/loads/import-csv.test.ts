import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { textOf } from "../../src/base/bytes.ts";
import { hasCode, type EgxError } from "../../src/base/errors.ts";
import type { ImportSummary } from "../../src/loads/import-file.ts";
import { fileOf, importInto, verified, type ImportChanges } from "../support/loads.ts";
import { intervalOf, makeLake, rowsOf, type TestLake } from "../support/silver-lake.ts";

const columns = "symbol, date, open, high, low, close, volume";

/** Imports a text into a lake of its own; gives the summary and silver's bars. */
async function imported(
  t: TestContext,
  content: string | Uint8Array,
  changes: ImportChanges & { readonly name?: string } = {},
): Promise<{
  readonly summary: ImportSummary;
  readonly bars: readonly (readonly unknown[])[];
  readonly testLake: TestLake;
}> {
  const { name, ...rest } = changes;
  const testLake = await makeLake(t);
  const summary = await importInto(testLake, await fileOf(t, content, name), rest);
  await testLake.build();
  const bars = await rowsOf(testLake, `select ${columns} from bars order by symbol, datetime`);
  return { summary, bars, testLake };
}

async function refusal(
  t: TestContext,
  content: string | Uint8Array,
  changes: ImportChanges & { readonly name?: string } = {},
): Promise<EgxError> {
  try {
    await imported(t, content, changes);
  } catch (error) {
    if (hasCode(error, "E_FILE_FORMAT", "E_FILE_MISSING", "E_USAGE")) return error;
    throw error;
  }
  throw new Error("it was imported");
}

const expected = [
  ["COMI", "2025-11-23", 80, 81, 79, 80.5, 1_200_000],
  ["COMI", "2025-11-24", 80.5, 82, 80, 81.5, 1_250_000],
];

suite("forms that are known", () => {
  test("ours", async (t) => {
    const { bars, summary } = await imported(
      t,
      "symbol,date,open,high,low,close,volume,source\n" +
        "COMI,2025-11-23,80,81,79,80.5,1200000,x\nCOMI,2025-11-24,80.5,82,80,81.5,1250000,x\n",
    );
    assert.deepEqual(bars, expected);
    assert.deepEqual([summary.entry.records, summary.entry.interval], [2, "Daily"]);
  });

  test("investing.com: newest first, month first, shortened volumes, one symbol", async (t) => {
    const { bars } = await imported(
      t,
      '\uFEFF"Date","Price","Open","High","Low","Vol.","Change %"\r\n' +
        '"11/24/2025","81.50","80.50","82.00","80.00","1.25M","1.24%"\r\n' +
        '"11/23/2025","80.50","80.00","81.00","79.00","1,200.00K","0.60%"\r\n',
      { wishes: { symbols: ["COMI"] }, name: "COMI Historical Data.csv" },
    );
    assert.deepEqual(bars.at(-1), expected.at(-1));
    // "1,200.00K" is a form that nobody writes: refused, not guessed.
    assert.equal(bars.length, 1);
  });

  test("yfinance: offsets in the dates, tickers with .CA, columns of no concern", async (t) => {
    const { bars } = await imported(
      t,
      "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits,Ticker\n" +
        "2025-11-23 00:00:00+02:00,80.0,81.0,79.0,80.5,1200000,0.0,0.0,COMI.CA\n" +
        "2025-11-24 00:00:00+02:00,80.5,82.0,80.0,81.5,1250000,0.0,0.0,COMI.CA\n",
    );
    assert.deepEqual(bars, expected);
  });

  test("semicolons, Arabic digits and separators, day first", async (t) => {
    const { bars } = await imported(
      t,
      "Symbol;Date;Open;High;Low;Close;Volume\n" +
        "comi;٢٣/١١/٢٠٢٥;٨٠;٨١;٧٩;٨٠٫٥;١٬٢٠٠٬٠٠٠\n" +
        "EGX:COMI;٢٤/١١/٢٠٢٥;٨٠٫٥;٨٢;٨٠;٨١٫٥;١٬٢٥٠٬٠٠٠\n",
    );
    assert.deepEqual(bars, expected);
  });

  test("any columns, by a map; the file's own column of that name is not meant", async (t) => {
    const { bars, summary } = await imported(
      t,
      "Ticker Code,Trading Day,Open,High,Low,Last Price,Close,Volume\n" +
        "COMI,2025-11-23,80,81,79,80.5,1,1200000\nCOMI,2025-11-24,80.5,82,80,81.5,1,1250000\n",
      {
        wishes: {
          map: new Map([
            ["symbol", "Ticker Code"],
            ["date", "trading day"],
            ["close", "Last Price"],
          ]),
        },
      },
    );
    assert.deepEqual(bars, expected);
    assert.deepEqual(summary.entry.asked.command === "import" && summary.entry.asked.columns, [
      ["symbol", "Ticker Code"],
      ["date", "Trading Day"],
      ["open", "Open"],
      ["high", "High"],
      ["low", "Low"],
      ["close", "Last Price"],
      ["volume", "Volume"],
    ]);
  });

  test("minutes in UTC, gzipped", async (t) => {
    const { testLake, summary } = await imported(
      t,
      gzipSync(
        "symbol,ts_utc,open,high,low,close,volume\n" +
          "COMI,2025-11-24 08:00:00,80,81,79,80.5,10\nCOMI,2025-11-24 08:01:00,80,81,79,80.5,10\n",
      ),
      { name: "minutes.csv.gz" },
    );
    assert.equal(summary.entry.interval, "1 Minute");
    assert.deepEqual(await rowsOf(testLake, "select datetime from bars order by 1"), [
      ["2025-11-24T08:00:00Z"],
      ["2025-11-24T08:01:00Z"],
    ]);
  });
});

suite("rows that are no bars", () => {
  const text =
    "symbol,date,open,high,low,close,volume\n" +
    "COMI,2025-11-23,80,81,79,80.5,100\n" +
    "COMI,2025-11-24,80,81,79,0,100\n" +
    "COMI,2025-11-25,80,79,81,80,100\n" +
    'COMI,2025-11-26,"80,81,79,80,100\n' +
    "COMI,2025-02-30,80,81,79,80,100\n" +
    "COMI,2025-11-27,nan,,-,80,N/A\n";

  test("are kept with their reasons; unknown values are null", async (t) => {
    const { summary, bars, testLake } = await imported(t, text);
    assert.deepEqual(summary.entry.rejected_codes, [
      ["E_BAR_PRICE", 1],
      ["E_BAR_RANGE", 1],
      ["E_BAR_TIME", 1],
      ["E_MESSAGE_FIELD", 1],
    ]);
    assert.deepEqual(bars.at(-1), ["COMI", "2025-11-27", null, null, null, 80, null]);
    assert.equal(summary.entry.records + (summary.entry.rejected?.records ?? 0), 6);
    const stored = await testLake.lake.get(summary.entry.rejected?.key ?? "");
    const lines = textOf(stored?.body ?? new Uint8Array())
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    assert.equal(lines.length, 4);
    assert.match(JSON.stringify(lines[0]), /"code":"E_BAR_PRICE".*"close":0.*"line":3/);
    assert.deepEqual((await verified(testLake.lake)).findings, []);
  });

  test("of one bar twice: the same is repeated, another says so", async (t) => {
    const row = "COMI,2025-11-23,80,81,79,80.5,100";
    const { summary, bars } = await imported(
      t,
      `symbol,date,open,high,low,close,volume\n${row}\n${row}\n` +
        "COMI,2025-11-24,80,81,79,80,1\nCOMI,2025-11-24,80,81,79,80.9,1\n",
    );
    assert.deepEqual(
      [summary.entry.records, summary.entry.repeated, summary.entry.rejected_codes],
      [2, 1, [["E_BAR_REPEATED", 1]]],
    );
    assert.deepEqual(bars.at(-1), ["COMI", "2025-11-24", 80, 81, 79, 80.9, 1]);
  });

  test("and none that is one: the file is refused, and nothing is written", async (t) => {
    const testLake = await makeLake(t);
    const file = await fileOf(t, "symbol,date,close\nCOMI,2025-11-23,0\n");
    await assert.rejects(importInto(testLake, file), (error) => hasCode(error, "E_FILE_FORMAT"));
    assert.equal((await verified(testLake.lake)).summary.loads, 0);
    assert.deepEqual(await Array.fromAsync(testLake.lake.list("batch/")), []);
  });
});

test("bars of weekends and holidays are stored and marked", async (t) => {
  const { testLake } = await imported(
    t,
    "symbol,date,close\nCOMI,2025-11-20,80\nCOMI,2025-11-21,80\nCOMI,2025-10-06,80\n" +
      "COMI,2025-10-07,80\n",
  );
  const rows = await rowsOf(
    testLake,
    "select date from bars where list_contains(suspect, 'closed-day') order by 1",
  );
  assert.ok(
    rows.some(([date]) => date === "2025-11-21"),
    JSON.stringify(rows),
  );
  assert.ok(!rows.some(([date]) => date === "2025-11-20"));
  assert.deepEqual(await rowsOf(testLake, "select count(*) from bars"), [[4]]);
});

test("a bar of the day of loading is provisional, an older one final", async (t) => {
  const noon = Temporal.Instant.from("2025-11-24T10:00:00Z").epochMilliseconds;
  const clock = { nowMs: () => noon, monotonicMs: () => 0, sleep: async () => undefined };
  const { testLake } = await imported(
    t,
    "symbol,date,close\nCOMI,2025-11-23,80\nCOMI,2025-11-24,80\n",
    { clock },
  );
  assert.deepEqual(await rowsOf(testLake, "select final from bars order by date"), [
    [true],
    [false],
  ]);
});

suite("the same file", () => {
  const text = "symbol,date,close\nCOMI,2025-11-23,80\nCOMI,2025-11-24,80\n";

  test("adds nothing a second time, gzipped or under another name either", async (t) => {
    const { testLake, summary } = await imported(t, text);
    assert.equal(summary.added, true);
    const copies = [
      await fileOf(t, text),
      await fileOf(t, text, "copy.csv"),
      await fileOf(t, gzipSync(text), "copy.csv.gz"),
    ];
    for (const copy of copies) {
      const again = await importInto(testLake, copy);
      assert.deepEqual([again.added, again.load], [false, summary.load]);
    }
    assert.equal((await testLake.build()).entries, 0);
    const { findings, summary: ledger } = await verified(testLake.lake);
    assert.deepEqual([findings, ledger.loads, ledger.loadedRows], [[], 1, 2]);
  });

  test("read in another way is another load", async (t) => {
    const { testLake, summary } = await imported(t, text);
    const other = await importInto(testLake, await fileOf(t, text), {
      wishes: { adjusted: "none" },
    });
    assert.deepEqual([other.added, other.load === summary.load], [true, false]);
  });
});

suite("files that leave a question open", () => {
  test("dates of two orders", async (t) => {
    const text = "symbol,date,close\nCOMI,03/02/2025,80\nCOMI,04/02/2025,81\n";
    const error = await refusal(t, text);
    assert.equal(error.details["question"], "date-order");
    assert.match(error.hint, /--date-order/);
    const day = await imported(t, text, { wishes: { dateOrder: "dmy" } });
    assert.deepEqual(
      day.bars.map((bar) => bar[1]),
      ["2025-02-03", "2025-02-04"],
    );
    const month = await imported(t, text, {
      wishes: { dateOrder: "mdy", interval: intervalOf("1d") },
    });
    assert.deepEqual(
      month.bars.map((bar) => bar[1]),
      ["2025-03-02", "2025-04-02"],
    );
  });

  test("no symbol: the file's name is named as a likely one", async (t) => {
    const error = await refusal(t, "Date,Price\n2025-11-23,80\n", {
      name: "ETEL Historical Data.csv",
    });
    assert.deepEqual([error.details["question"], error.details["likely"]], ["symbol", "ETEL"]);
    assert.match(error.hint, /--symbols ETEL/);
  });

  test("columns that nobody knows", async (t) => {
    const error = await refusal(t, "Ticker,When,Last\nCOMI,2025-11-23,80\n");
    assert.deepEqual([error.details["question"], error.details["missing"]], ["column", "date"]);
    const next = await refusal(t, "Ticker,When,Last\nCOMI,2025-11-23,80\n", {
      wishes: { map: new Map([["date", "When"]]) },
    });
    assert.deepEqual([next.details["question"], next.details["missing"]], ["column", "close"]);
    assert.match(next.hint, /--map/);
  });

  test("a column that is not there, with the nearest one", async (t) => {
    const error = await refusal(t, "Ticker,Date,Last\nCOMI,2025-11-23,80\n", {
      wishes: { map: new Map([["close", "Lst"]]) },
    });
    assert.equal(error.code, "E_USAGE");
    assert.match(error.message, /did you mean "Last"/);
  });
});

suite("files that are no CSV", () => {
  const cases: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
    ["a web page", "<!DOCTYPE html><html><body>Log in</body></html>", /web page/],
    ["a web page, gzipped", gzipSync("<html></html>"), /web page/],
    ["an Excel workbook", Buffer.from("PK\u0003\u0004abc"), /Excel/],
    ["a Parquet file", Buffer.from("PAR1abcPAR1"), /Parquet/],
    ["JSON", '[{"symbol":"COMI"}]', /JSON/],
    ["UTF-16", Buffer.from("\uFEFFsymbol,date,close\n", "utf16le"), /UTF-16/],
    ["nothing", "", /empty/],
    ["a header alone", "symbol,date,close\n", /no rows/],
    ["cut short", gzipSync("symbol,date,close\n".repeat(500)).subarray(0, 40), /damaged/],
  ];
  for (const [name, content, said] of cases) {
    test(name, async (t) => {
      const error = await refusal(t, content);
      assert.equal(error.code, "E_FILE_FORMAT");
      assert.match(error.message, said);
    });
  }

  test("a file that is not there", async (t) => {
    const testLake = await makeLake(t);
    await assert.rejects(importInto(testLake, "/nowhere/prices.csv"), (error) =>
      hasCode(error, "E_FILE_MISSING"),
    );
  });
});

test("a lake of simulated bars takes no file", async (t) => {
  const testLake = await makeLake(t);
  await testLake.lake.put("_ledger/lake.json", Buffer.from('{"kind":"simulated"}\n'));
  const file = await fileOf(t, "symbol,date,close\nCOMI,2025-11-23,80\n");
  await assert.rejects(importInto(testLake, file), (error) => hasCode(error, "E_LAKE_KIND"));
});
