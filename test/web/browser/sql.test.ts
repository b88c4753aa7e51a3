import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Page } from "playwright-core";
import {
  assertNoSideways,
  keepScreenshot,
  openPage,
  seriousViolations,
  skipWithoutChromium as skip,
} from "../../support/browser.ts";
import {
  looks,
  plainText,
  screenshotName,
  troubledDashboard,
} from "../../support/troubled-dashboard.ts";
import { exampleNames, examples } from "../../../web/src/pages/sql/examples.ts";

const desktop = { language: "en", theme: "light" } as const;
const hasEditor = ".cm-content";

/** Puts a query into the editor, as a person would. */
async function write(page: Page, sql: string): Promise<void> {
  await page.locator(hasEditor).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(sql);
}

test("the SQL console", { skip, timeout: 120_000 }, async (t) => {
  const { url } = await troubledDashboard(t);

  for (const look of looks) {
    await t.test(`is whole: ${screenshotName("", look)}`, async (t) => {
      const { page, assertClean } = await openPage(t, `${url}/sql`, look);
      const editor = look.width === 375 ? ".sql-editor textarea" : hasEditor;
      await page.locator(editor).waitFor();
      await page.locator(".run-bar .primary").click();
      await page.locator(".result-footer").waitFor();
      assert.deepEqual(await seriousViolations(page), []);
      await assertNoSideways(page);
      await keepScreenshot(page, screenshotName("sql", look));
      await page.locator("[data-value=chart]").click();
      await page.locator(".result-chart > svg").waitFor();
      assert.deepEqual(await seriousViolations(page), []);
      await assertNoSideways(page);
      await keepScreenshot(page, screenshotName("sql-chart", look));
      assertClean();
    });
  }

  await t.test("keys alone write, run and leave; what was run is remembered", async (t) => {
    const { page, assertClean } = await openPage(t, `${url}/sql`, desktop);
    await write(page, "select 42 as answer");
    await page.keyboard.press("Control+Enter");
    await page.locator(".result-scroll td").waitFor();
    assert.equal(await page.locator(".result-scroll td").textContent(), "42");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate("document.activeElement.textContent"), "Run");
    assert.match(
      plainText(await page.locator(".limit-note").textContent()),
      /LIMIT 1,000 is added/,
    );
    await page.locator("[data-value=history]").click();
    assert.match((await page.locator(".past-query").first().textContent()) ?? "", /select 42/);
    await page.reload();
    await page.locator(hasEditor).waitFor();
    assert.equal(await page.locator(hasEditor).textContent(), "select 42 as answer");
    assertClean();
  });

  await t.test("an error names the place, and leads there", async (t) => {
    const { page, assertClean } = await openPage(t, `${url}/sql`, desktop);
    await write(page, "select clos\nfrom bars");
    await page.keyboard.press("Control+Enter");
    const panel = page.locator(".failure");
    await panel.waitFor();
    assert.match((await panel.textContent()) ?? "", /E_QUERY/);
    assert.match((await panel.textContent()) ?? "", /close/, "the nearest column is named");
    assert.deepEqual(await seriousViolations(page), []);
    await panel.locator(".error-place button").click();
    assert.equal(await page.locator(".cm-wrong").textContent(), "clos");
    assertClean(/422|400/);
  });

  await t.test("many rows: only those in view are there; the file has them all", async (t) => {
    const { page, assertClean } = await openPage(t, `${url}/sql`, desktop);
    await write(page, "select range as n, null as nothing from range(48211)");
    await page.keyboard.press("Control+Enter");
    const rows = page.locator(".result-scroll tbody tr[aria-rowindex]");
    await rows.first().waitFor();
    assert.ok((await rows.count()) < 100);
    assert.match((await page.locator(".result-footer").textContent()) ?? "", /1,000.*more/);
    await page.evaluate('document.querySelector(".result-scroll").scrollTo(0, 1e6)');
    await page.locator('[aria-rowindex="1001"]').waitFor();
    assert.equal(await page.locator('[aria-rowindex="1001"] td').first().textContent(), "999");
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.locator(".result-tools > button").first().click(),
    ]);
    const lines = (await readFile(await file.path(), "utf8")).split("\r\n");
    assert.equal(lines[0], "n,nothing,mode,as_of");
    assert.match(lines[1000] ?? "", /^999,,real,/);
    assertClean();
  });

  await t.test("a query that takes long is cancelled", async (t) => {
    const { page, assertClean } = await openPage(t, `${url}/sql`, desktop);
    await write(
      page,
      "select count(*) from range(100000) a, range(1000000) b where a.range <> b.range",
    );
    await page.keyboard.press("Control+Enter");
    await page.locator(".run-bar button:enabled").nth(1).click();
    assert.match((await page.locator(".run-bar").textContent()) ?? "", /cancelled/);
    assertClean();
  });

  await t.test("every example runs", async () => {
    for (const name of exampleNames) {
      const response = await fetch(`${url}/api/v1/query`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ sql: examples[name] }),
      });
      const text = await response.text();
      assert.equal(response.status, 200, `${name}: ${text}`);
    }
  });
});
