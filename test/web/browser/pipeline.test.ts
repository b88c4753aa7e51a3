import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerOf,
  assertNoSideways,
  keepScreenshot,
  openPage,
  seriousViolations,
  skipWithoutChromium as skip,
  startDashboard,
  temporaryFolder,
  until,
} from "../../support/browser.ts";
import {
  looks,
  plainText,
  screenshotName,
  troubledDashboard,
} from "../../support/troubled-dashboard.ts";

const desktop = { language: "en", theme: "light" } as const;

test("the pipeline page", { skip, timeout: 120_000 }, async (t) => {
  const dashboard = await troubledDashboard(t);
  const { url } = dashboard;
  await until("dead letters are counted", async () => answerOf(dashboard, "/dead-letters"));

  for (const look of looks) {
    await t.test(`is whole: ${screenshotName("", look)}`, async (t) => {
      const { page, assertClean } = await openPage(t, `${url}/pipeline`, look);
      await page.locator("#dead-letters tbody tr").first().waitFor();
      assert.equal(await page.locator(".flow .stage").count(), 7);
      assert.deepEqual(await seriousViolations(page), []);
      await assertNoSideways(page);
      await keepScreenshot(page, screenshotName("pipeline", look));
      assertClean();
    });
  }

  await t.test("the flow follows the reading, what another process runs is no zero", async (t) => {
    const places: number[] = [];
    for (const language of ["ar", "en"] as const) {
      const { page } = await openPage(t, `${url}/pipeline`, { language, theme: "light" });
      const stages = page.locator(".flow .stage");
      await stages.first().waitFor();
      const [first, last] = [await stages.first().boundingBox(), await stages.last().boundingBox()];
      places.push((last?.x ?? 0) - (first?.x ?? 0));
      if (language === "ar") continue;
      const source = (await stages.first().textContent()) ?? "";
      assert.match(source, /not known.*Not run by this process/);
      assert.doesNotMatch(source, /0/);
    }
    const [arabic = 0, english = 0] = places;
    assert.ok(arabic < 0 && english > 0, "from the right in Arabic, from the left in English");
  });

  await t.test("a dead letter is shown, and replayed when that is confirmed", async (t) => {
    const { page, assertClean } = await openPage(t, `${url}/pipeline`, desktop);
    const rows = page.locator("#dead-letters tbody tr");
    await rows.first().waitFor();
    await rows.filter({ hasText: "—" }).locator("th button").click();
    const dialog = page.locator("dialog[open]");
    assert.match((await dialog.locator("pre").textContent()) ?? "", /^<script>/);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    const replay = rows.first().locator("td button");
    await replay.focus();
    await page.keyboard.press("Enter");
    await dialog.locator(".primary").waitFor();
    assert.deepEqual(await seriousViolations(page), []);
    const no = dialog.locator(".modal-buttons button").last();
    await no.click();
    assert.equal(await rows.count(), 3, "nothing is published before it is confirmed");
    await replay.click();
    await dialog.locator(".primary").click();
    await dialog.getByRole("status").waitFor();
    await dialog.locator(".modal-buttons button").last().click();
    await until("the letter is closed", async () => ((await rows.count()) === 2 ? true : null));
    assertClean();
  });
});

test("rates move while a feed gives bars", { skip, timeout: 120_000 }, async (t) => {
  const data = temporaryFolder("moving");
  const few = ["--symbols", "COMI,ETEL,SWDY", "--interval", "1m", "--speed", "600"];
  const { url } = await startDashboard(["up", "--feed", "simulator", "--data", data, ...few]);
  const { page, assertClean } = await openPage(t, `${url}/pipeline`, {
    language: "en",
    theme: "dark",
  });
  const out = page.locator(".flow .stage").nth(1).locator(".fact-list dd").nth(1);
  await until("the producer's rate is above 0", async () => {
    const rate = Number.parseFloat(plainText(await out.textContent()));
    return rate > 0 ? rate : null;
  });
  assert.equal(await page.locator(".rates path").first().isVisible(), true);
  assert.match((await page.locator(".chip-sim").first().textContent()) ?? "", /Simulated/);
  await keepScreenshot(page, "pipeline-live-en");
  assertClean();
});
