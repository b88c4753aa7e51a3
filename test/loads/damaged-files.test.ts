import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import * as fc from "fast-check";
import { EgxError } from "../../src/base/errors.ts";
import type { ImportSummary } from "../../src/loads/import-file.ts";
import { inferDecimal, plainText, pointNumber } from "../../src/loads/plain-text.ts";
import { certifyAt } from "../support/certify-at.ts";
import { fileOf, importInto, type ImportChanges } from "../support/loads.ts";
import { makeLake, rowsOf, type TestLake } from "../support/silver-lake.ts";

interface Imported {
  readonly summary: ImportSummary;
  readonly testLake: TestLake;
  /** Symbol, date, close and volume. */
  readonly bars: readonly (readonly unknown[])[];
}

async function imported(
  t: TestContext,
  text: string | Uint8Array,
  wishes: ImportChanges["wishes"] = {},
): Promise<Imported> {
  const testLake = await makeLake(t);
  const summary = await importInto(testLake, await fileOf(t, text), { wishes });
  await testLake.build();
  const sql = "select symbol, date, close, volume from bars order by symbol, date";
  return { summary, testLake, bars: await rowsOf(testLake, sql) };
}

async function refused(t: TestContext, text: string): Promise<EgxError> {
  const error: unknown = await imported(t, text).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof EgxError, "it was imported");
  return error;
}

const first = ["COMI", "2025-11-23", 1080.5, 1_200_000];
const second = ["COMI", "2025-11-24", 1081.25, 1_250_500];

suite("the same bars", () => {
  const forms: readonly (readonly [string, string])[] = [
    ["plain", "COMI,2025-11-23,1080.5,1200000\nCOMI,2025-11-24,1081.25,1250500\n"],
    ["shortened volumes", "COMI,2025-11-23,1080.5,1.2M\nCOMI,2025-11-24,1081.25,1250.5k\n"],
    [
      "groups of thousands",
      'COMI,2025-11-23,"1,080.5","1,200,000"\nCOMI,2025-11-24,"1,081.25","1,250,500"\n',
    ],
    ["month first", "COMI,11/23/2025,1080.5,1200000\nCOMI,11/24/2025,1081.25,1250500\n"],
    ["day first", "COMI,23/11/2025,1080.5,1200000\nCOMI,24.11.2025,1081.25,1250500\n"],
    ["a month's name", 'COMI,"Nov 23, 2025",1080.5,1200000\nCOMI,24-Nov-2025,1081.25,1250500\n'],
    [
      "Arabic digits and separators",
      "COMI,٢٠٢٥-١١-٢٣,١٬٠٨٠٫٥,١٬٢٠٠٬٠٠٠\nCOMI,٢٠٢٥-١١-٢٤,١٠٨١٫٢٥,١٢٥٠٥٠٠\n",
    ],
    [
      "an Arabic comma for groups, and marks of direction",
      "COMI,\u200F٢٣/١١/٢٠٢٥\u200E,١٠٨٠٫٥,١،٢٠٠،٠٠٠\nCOMI,٢٤/١١/٢٠٢٥,١٠٨١٫٢٥,١،٢٥٠،٥٠٠\n",
    ],
    [
      "Persian digits, no-break spaces",
      "COMI,۲۰۲۵-۱۱-۲۳,\u00A0۱۰۸۰٫۵,۱۲۰۰۰۰۰\nCOMI,۲۰۲۵-۱۱-۲۴,۱۰۸۱٫۲۵\u202F,۱۲۵۰۵۰۰\n",
    ],
  ];
  for (const [name, rows] of forms) {
    for (const mark of ["", "\uFEFF"]) {
      test(`${name}${mark === "" ? "" : ", behind a byte order mark"}`, async (t) => {
        const { bars } = await imported(t, `${mark}symbol,date,close,volume\n${rows}`);
        assert.deepEqual(bars, [first, second]);
      });
    }
  }

  test("a decimal comma, where the file shows it", async (t) => {
    const { bars, summary } = await imported(
      t,
      "symbol;date;close;volume\nCOMI;23.11.2025;1.080,5;1,2M\nCOMI;24.11.2025;1081,25;1.250.500\n",
    );
    assert.deepEqual([bars, summary.entry.rejected], [[first, second], null]);
  });
});

suite("what could be wrong in silence", () => {
  test("dates of two orders in one file are refused, and asked for", async (t) => {
    const error = await refused(t, "symbol,date,close\nCOMI,11/23/2025,80\nCOMI,24/11/2025,80\n");
    assert.deepEqual([error.code, error.details["question"]], ["E_FILE_FORMAT", "date-order"]);
  });

  test("a date that the order makes none is a refused row", async (t) => {
    const { bars, summary } = await imported(
      t,
      "symbol,date,close,volume\nCOMI,11/23/2025,1080.5,1200000\nCOMI,24/11/2025,80,1\n",
      { dateOrder: "mdy" },
    );
    assert.deepEqual([bars, summary.entry.rejected_codes], [[first], [["E_BAR_TIME", 1]]]);
  });

  test("decimal commas beside decimal points are refused", async (t) => {
    const { code, message } = await refused(
      t,
      'symbol,date,close\nCOMI,2025-11-23,"80,5"\nCOMI,2025-11-24,81.5\n',
    );
    assert.equal(code, "E_FILE_FORMAT");
    assert.match(message, /decimal comma/);
  });

  test("a page in the place of later rows is refused row by row", async (t) => {
    const { bars, summary } = await imported(
      t,
      "symbol,date,close,volume\nCOMI,2025-11-23,1080.5,1.2M\n" +
        "<!doctype html>\n<html><body>Too many requests</body></html>\n",
    );
    assert.deepEqual(bars, [first]);
    assert.equal(summary.entry.rejected?.records, 2);
  });

  test("a last row that is cut short is refused, or is a number that nobody can doubt", async (t) => {
    const { bars, summary } = await imported(
      t,
      "symbol,date,close,volume\nCOMI,2025-11-23,1080.5,1200000\nCOMI,2025-11-2",
    );
    assert.deepEqual([bars, summary.entry.rejected?.records], [[first], 1]);
  });
});

test("weekends and days copied from others are stored, and marked", async (t) => {
  const symbols = ["COMI", "ETEL", "ABUK", "HRHO", "SWDY", "EAST"];
  const days = ["2026-07-15", "2026-07-16", "2026-07-19", "2026-07-20", "2026-07-21", "2026-07-22"];
  const rows = symbols.flatMap((symbol, place) => {
    const bars = days.map((date, day) => {
      const close = 20 + place * 7 + day * 0.37;
      return `${symbol},${date},${close},${close + 0.5},${close - 0.5},${close},${1013 + day * 17 + place}`;
    });
    const copy = (date: string): string => (bars.at(-1) ?? "").replace("2026-07-22", date);
    // A holiday's day that was filled by copying the day before, and a weekend's.
    return [...bars, copy("2026-07-26"), copy("2026-07-25")];
  });
  const header = "symbol,date,open,high,low,close,volume";
  const { bars, testLake } = await imported(t, `${header}\n${rows.join("\n")}\n`);
  assert.equal(bars.length, symbols.length * 8);
  const marked = "select distinct date from bars where list_contains(suspect, 'closed-day')";
  assert.deepEqual(await rowsOf(testLake, marked), [["2026-07-25"]]);
  await certifyAt(testLake, "2026-07-28T12:00:00Z");
  const copied = await rowsOf(
    testLake,
    "select date, state, count(*) from certificates where len(list_filter(defects, d -> d like '%cop%')) > 0 " +
      "group by all order by 1",
  );
  assert.deepEqual(copied, [
    ["2026-07-25", "degraded", symbols.length],
    ["2026-07-26", "degraded", symbols.length],
  ]);
});

suite("numbers", () => {
  test("in any script and grouping read as what they are", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 99_999_999 }),
        fc.integer({ min: 0, max: 99 }),
        (whole, cents) => {
          const fraction = String(cents).padStart(2, "0");
          const grouped = String(whole).replaceAll(/\B(?=(?:\d{3})+$)/g, "٬");
          const arabic = `${grouped}٫${fraction}`.replaceAll(/\d/g, (digit) =>
            String.fromCodePoint(0x0660 + Number(digit)),
          );
          assert.equal(plainText(arabic).replaceAll(",", ""), `${whole}.${fraction}`);
          const continental = `${String(whole).replaceAll(/\B(?=(?:\d{3})+$)/g, ".")},${fraction}`;
          assert.equal(inferDecimal([continental]), "comma");
          assert.equal(pointNumber(continental), `${whole}.${fraction}`);
        },
      ),
    );
  });

  test("show their decimal separator, or nothing", () => {
    assert.equal(inferDecimal(["80.5", "1,080", "1,080.125", "1.2M"]), "point");
    assert.equal(inferDecimal(["80,5", "1.080", "1.080,125", "1,2M"]), "comma");
    assert.equal(inferDecimal(["80,5", "80.5"]), "contradictory");
    assert.equal(inferDecimal(["1,080", "1.080", "80", "", "-"]), "none");
  });
});
