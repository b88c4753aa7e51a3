import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { runEgx } from "../../../scripts/services/dashboard.ts";
import type { SilverBar } from "../../../src/quality/silver-bar.ts";
import { realFile } from "../../feeds/files.ts";
import {
  assertNoSideways,
  keepScreenshot,
  openPage,
  seriousViolations,
  skipWithoutChromium,
  startDashboard,
  temporaryFolder,
  type Dashboard,
} from "../../support/browser.ts";
import { realSeries } from "../../support/real-series.ts";

const daily = realFile("egx-daily.csv.gz");
const minutes = realFile("egx-1min.csv.gz");
const reasons = [skipWithoutChromium, daily.skip, minutes.skip];
const skip = reasons.find((reason) => reason !== false) ?? false;

/** A page, and what it shows once the bars are on it. */
const pages = [
  { name: "market", path: "/", ready: ".heat-map .tile" },
  { name: "symbol", path: "/symbol/COMI?interval=1d&range=1Y", ready: ".chart canvas" },
  { name: "quality", path: "/quality", ready: ".matrix [role=gridcell]" },
  { name: "pipeline", path: "/pipeline", ready: ".flow .stage" },
  { name: "sql", path: "/sql", ready: ".cm-content" },
] as const;

test("every page over real bars", { skip, timeout: 120_000 }, async (t) => {
  const dashboard = await realDashboard();
  for (const { name, path, ready } of pages) {
    for (const language of ["en", "ar"] as const) {
      for (const theme of ["light", "dark"] as const) {
        await t.test(`${name}, ${language}, ${theme}`, async (t) => {
          const look = { language, theme };
          const { page, assertClean } = await openPage(t, dashboard.url + path, look);
          await page.locator(ready).first().waitFor();
          if (name === "sql") await runExample(page);
          await assertProvenance(page);
          assert.equal(await page.locator("html").getAttribute("lang"), language);
          assert.deepEqual(await seriousViolations(page), []);
          await assertNoSideways(page);
          await keepScreenshot(page, `real-${name}-${language}-${theme}`);
          await page.setViewportSize({ width: 375, height: 812 });
          await assertNoSideways(page);
          assertClean();
        });
      }
    }
  }

  await t.test("the numbers are those of the files", async (t) => {
    const look = { language: "en", theme: "light" } as const;
    const { page, assertClean } = await openPage(t, dashboard.url, look);
    for (const [interval, path, from] of [
      ["1d", daily.path, "2026-08-01"],
      ["1m", minutes.path, "2025-12-08"],
    ] as const) {
      await page.goto(`${dashboard.url}/symbol/COMI?interval=${interval}&view=table`);
      const { startMs, close } = lastBar(path, from);
      const cairo =
        Temporal.Instant.fromEpochMilliseconds(startMs).toZonedDateTimeISO("Africa/Cairo");
      const minute = cairo.toPlainDateTime().toString({ smallestUnit: "minute" });
      const time = interval === "1d" ? minute.slice(0, 10) : minute.replace("T", " ");
      const price = close.toLocaleString("en", { minimumFractionDigits: 2 });
      const row = page.locator("tbody tr", { hasText: time });
      await row.getByText(price, { exact: true }).first().waitFor();
    }
    assertClean();
  });
});

/** `egx serve` over daily bars of two years and a half, and bars of one minute of a few sessions. */
async function realDashboard(): Promise<Dashboard> {
  const data = temporaryFolder("real-bars");
  const symbols = "COMI,SWDY,EAST,ABUK,FWRY,TMGH,EFIH";
  const load = (path: string, from: string): void =>
    runEgx(["import", "csv", path, "--data", data, "--symbols", symbols, "--from", from]);
  load(daily.path, "2024-06-01");
  load(minutes.path, "2025-12-01");
  runEgx(["silver", "--data", data]);
  // Real sessions are missing: that is what it finds.
  runEgx(["quality", "--data", data, "--interval", "1d"], [0, 1]);
  return startDashboard(["serve", "--data", data]);
}

async function runExample(page: Page): Promise<void> {
  await page.locator(".run-bar .primary").click();
  await page.locator(".result-footer").waitFor();
}

/** The chip says what the bars are, and nothing calls them simulated. */
async function assertProvenance(page: Page): Promise<void> {
  const group = page.getByRole("group", { name: /What the data is|طبيعة البيانات/ });
  const chips = await group.textContent();
  assert.match(chips ?? "", /Stored data|Origin unknown|بيانات مخزّنة|المصدر غير معروف/);
  assert.doesNotMatch(chips ?? "", /Simulated|محاكاة/);
  assert.doesNotMatch(await page.title(), /Simulated|محاكاة/);
  assert.equal(await page.locator(".chip-sim").count(), 0);
}

/** COMI's newest bar in a file. */
function lastBar(path: string, from: string): SilverBar {
  const bar = realSeries(path, from)
    .find(({ symbol }) => symbol === "COMI")
    ?.bars.at(-1);
  assert.ok(bar !== undefined);
  return bar;
}
