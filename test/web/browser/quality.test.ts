import assert from "node:assert/strict";
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
import { troubledSymbols } from "../../support/troubled-lake.ts";

const desktop = { language: "en", theme: "light" } as const;

/** The state of a cell of the month, as it is read out. */
async function cell(page: Page, symbol: string, back: number): Promise<string> {
  const row = page.locator(".matrix .matrix-row", { hasText: symbol });
  const cells = row.locator('[role="gridcell"]');
  return plainText(await cells.nth((await cells.count()) - 1 - back).getAttribute("aria-label"));
}

/** Each cell stands under the date that it is of. */
async function assertUnderItsDate(page: Page): Promise<void> {
  const apart: unknown = await page.evaluate(`(() => {
    const middle = (each) => {
      const { left, right } = each.getBoundingClientRect();
      return (left + right) / 2;
    };
    const dates = [...document.querySelectorAll(".matrix-day")].map(middle);
    const cells = [...document.querySelector(".matrix [role=gridcell]").parentElement
      .querySelectorAll("[role=gridcell]")].map(middle);
    return dates.length === cells.length
      ? dates.filter((at, column) => Math.abs(at - cells[column]) > 1).length
      : "as many dates as cells";
  })()`);
  assert.equal(apart, 0);
}

test("the quality page", { skip, timeout: 120_000 }, async (t) => {
  const { url } = await troubledDashboard(t);

  for (const look of looks) {
    await t.test(`is whole: ${screenshotName("", look)}`, async (t) => {
      const { page, assertClean } = await openPage(t, `${url}/quality`, look);
      const picture = look.width === 375 ? ".calendar-month" : ".matrix [role=gridcell]";
      await page.locator(picture).first().waitFor();
      assert.deepEqual(await seriousViolations(page), []);
      await assertNoSideways(page);
      if (look.width === undefined) await assertUnderItsDate(page);
      await keepScreenshot(page, screenshotName("quality", look));
      assertClean();
    });
  }

  await t.test("each trouble has its sign, and what is not known is no zero", async (t) => {
    const { page } = await openPage(t, `${url}/quality`, desktop);
    await page.locator(".matrix").waitFor();
    // The newest column is the day after the last session, of which nothing is certified for good.
    assert.match(await cell(page, troubledSymbols.missing, 7), /Missing$/);
    assert.match(await cell(page, troubledSymbols.missing, 2), /Complete$/);
    assert.match(await cell(page, troubledSymbols.doubled, 11), /Degraded/);
    assert.match(await cell(page, troubledSymbols.waived, 13), /Confirmed by a feed$/);
    assert.match(await cell(page, troubledSymbols.provisional, 4), /Provisional/);
    assert.match(await cell(page, troubledSymbols.missing, 0), /Pending/);
    const first = await page.locator(".matrix [role=rowheader]").first().textContent();
    assert.equal(first, troubledSymbols.missing, "the worst comes first");
    const parts: number[] = [];
    for (const part of await page.locator(".proportion-bar .part").all()) {
      parts.push((await part.boundingBox())?.width ?? 0);
    }
    const bar = await page.locator(".proportion-bar").boundingBox();
    const sum = parts.reduce((all, width) => all + width, 0);
    assert.ok(Math.abs(sum - (bar?.width ?? 0)) <= 3, "the parts fill the bar");
  });

  await t.test("keys alone find a session, open it, and leave the grid", async (t) => {
    const { page, assertClean } = await openPage(t, `${url}/quality`, desktop);
    await page.locator(".matrix").waitFor();
    await page.locator('.matrix [tabindex="0"]').focus();
    for (const key of ["ArrowDown", "ArrowUp", "Control+Home", "End", "ArrowLeft"]) {
      await page.keyboard.press(key);
    }
    for (let back = 0; back < 6; back += 1) await page.keyboard.press("ArrowLeft");
    const focused = page.locator(".matrix :focus");
    assert.match(plainText(await focused.getAttribute("aria-label")), /^COMI.*Missing$/);
    await page.keyboard.press("Enter");
    const panel = page.locator(".cell-panel");
    await panel.locator(".stored-bars").waitFor();
    assert.match((await panel.textContent()) ?? "", /egx quality --heal --symbols COMI/);
    assert.equal(await page.locator('.matrix [aria-selected="true"]').count(), 1);
    assert.match(page.url(), /symbol=COMI&date=2025-11-/);
    await page.keyboard.press("Tab");
    assert.equal(await page.locator(".matrix :focus").count(), 0, "Tab leaves the grid");
    assertClean();
  });

  await t.test("a year is drawn, and told cell by cell", async (t) => {
    const { page, assertClean } = await openPage(t, `${url}/quality?view=year`, desktop);
    const grid = page.locator(".matrix-canvas-scroll");
    await grid.locator("canvas").waitFor();
    await grid.focus();
    const told = page.locator("#matrix-active");
    const before = await told.textContent();
    for (let back = 0; back < 7; back += 1) await page.keyboard.press("ArrowLeft");
    assert.notEqual(await told.textContent(), before);
    assert.match((await told.textContent()) ?? "", /COMI.*Missing/);
    await page.keyboard.press("Enter");
    await page.locator(".cell-panel .stored-bars").waitFor();
    // What the header that stays in sight covers would count as too small.
    await page.evaluate("scrollTo(0, 0)");
    assert.deepEqual(await seriousViolations(page), []);
    const box = await grid.locator("canvas").boundingBox();
    assert.ok((box?.width ?? 0) > 300);
    assertClean();
  });

  for (const view of ["symbols", "sessions", "gaps", "rules"]) {
    await t.test(`the same as a table: ${view}`, async (t) => {
      const address = `${url}/quality?view=${view}&show=all`;
      const { page, assertClean } = await openPage(t, address, { language: "ar", theme: "light" });
      await page.locator("table tbody tr").first().waitFor();
      assert.deepEqual(await seriousViolations(page), []);
      await assertNoSideways(page);
      if (view === "gaps") {
        assert.match((await page.locator("table").textContent()) ?? "", /egx quality --heal/);
      }
      if (view === "rules") assert.equal(await page.locator("tbody tr").count(), 9);
      await keepScreenshot(page, `quality-${view}-ar`);
      assertClean();
    });
  }
});
