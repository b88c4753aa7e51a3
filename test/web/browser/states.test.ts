import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import {
  keepScreenshot,
  openPage,
  seriousViolations,
  skipWithoutChromium as skip,
  startDashboard,
  temporaryFolder,
  type Look,
  type Opened,
} from "../../support/browser.ts";
import { plainText, troubledDashboard } from "../../support/troubled-dashboard.ts";

const english: Look = { language: "en", theme: "light" };
const arabic: Look = { language: "ar", theme: "dark" };
const symbolPath = "/symbol/COMI?interval=1d&range=3M";

/** What the server says of itself in one state, over what it says really. */
type Said = Readonly<Record<string, unknown>>;

const modes = {
  delayed: { data: "real", feed: "tradingview", delaySeconds: 900, replaySpeed: null },
  simulated: { data: "simulated", feed: "simulator", delaySeconds: null, replaySpeed: null },
  replay: { data: "real", feed: "csv", delaySeconds: null, replaySpeed: 600 },
} as const;

test("what is around every page", { skip, timeout: 180_000 }, async (t) => {
  const { url } = await troubledDashboard(t);
  await t.test("says what the numbers are", async (t) => saysWhatNumbersAre(t, url));
  await t.test("can be used", async (t) => canBeUsed(t, url));
});

async function saysWhatNumbersAre(t: TestContext, url: string): Promise<void> {
  for (const [mode, look, chip, isSimulated] of [
    ["delayed", english, "Delayed 15 min", false],
    ["delayed", arabic, "متأخر 15 د", false],
    ["simulated", english, "Simulated data", true],
    ["simulated", arabic, "بيانات محاكاة", true],
    ["replay", english, "Replay ×600", true],
  ] as const) {
    await t.test(`${mode}, in ${look.language}`, async (t) => {
      const said = { mode: modes[mode] };
      const { page, assertClean } = await openInState(t, url + symbolPath, look, said);
      await page.locator(".chart canvas").first().waitFor();
      await page.locator(".mode", { hasText: chip.slice(0, 5) }).waitFor();
      assert.equal(plainText(await page.locator(".mode").textContent()), chip);
      const clock = plainText(await page.locator(".clock").textContent());
      assert.equal(/Simulated session|جلسة محاكاة/.test(clock), mode === "simulated");
      assert.equal(/Replayed session/.test(clock), mode === "replay");
      const watermark = await page.locator(".chart").getAttribute("data-watermark");
      assert.equal(plainText(watermark), chip);
      assert.ok(plainText(await page.title()).includes(chip));
      const icon = await page.locator('link[rel="icon"]').getAttribute("href");
      assert.equal(icon, isSimulated ? "/assets/icon-simulated.svg" : "/assets/icon.svg");
      assert.equal((await fetch(url + icon)).status, 200);
      assert.deepEqual(await seriousViolations(page), []);
      await keepScreenshot(page, `state-${mode}-${look.language}`);
      assertClean();
    });
  }

  await t.test("real bars have no watermark", async (t) => {
    const { page } = await openPage(t, url + symbolPath, english);
    await page.locator(".chart canvas").first().waitFor();
    assert.equal(await page.locator(".chart").getAttribute("data-watermark"), "");
  });

  await t.test("a feed that is down is no dashboard that is", async (t) => {
    const feedDown = {
      since: "2025-11-25T08:30:00Z",
      code: "E_FEED_UNREACHABLE",
      text: "The feed does not answer",
      nextRetry: "2025-11-25T08:31:00Z",
    };
    const said = { mode: modes.delayed, feedDown, state: "down" };
    const { page, assertClean } = await openInState(t, url + symbolPath, english, said);
    const bar = page.locator(".bar-down");
    await bar.waitFor();
    const text = plainText(await bar.textContent());
    assert.match(text, /Feed down since 10:30.*E_FEED_UNREACHABLE.*10:31/);
    assert.equal(await page.locator(".bar-disconnected").count(), 0);
    await page.locator(".chart canvas").first().waitFor();
    assert.deepEqual(await seriousViolations(page), []);
    await keepScreenshot(page, "state-feed-down-en");
    assertClean();
  });

  await t.test("a dashboard that hears nothing is no feed that is down", async (t) => {
    const { page, assertClean } = await openInState(t, url + symbolPath, arabic, null);
    await page.locator(".bar-disconnected").waitFor();
    assert.match(await page.title(), /اللوحة غير متصلة/);
    assert.equal(await page.locator(".bar-down").count(), 0);
    await page.locator(".chart canvas").first().waitFor();
    assert.deepEqual(await seriousViolations(page), []);
    await keepScreenshot(page, "state-disconnected-ar");
    assertClean(/ERR_FAILED/);
  });

  await t.test("nothing moves for who wants no motion", async (t) => {
    const { page } = await openPage(t, url, english);
    const moving: Record<string, unknown> = {};
    for (const reducedMotion of ["reduce", "no-preference"] as const) {
      await page.emulateMedia({ reducedMotion });
      moving[reducedMotion] = await page.evaluate(`(() => {
        const block = document.createElement("div");
        block.className = "loading";
        block.innerHTML = "<div class=skeleton></div>";
        document.body.append(block);
        const count = document.getAnimations().length;
        block.remove();
        return count;
      })()`);
    }
    assert.deepEqual(moving, { reduce: 0, "no-preference": 1 });
  });
}

async function canBeUsed(t: TestContext, url: string): Promise<void> {
  await t.test("its links lead somewhere", async (t) => {
    const { page } = await openPage(t, `${url}/quality`, english);
    await page.locator(".figures a").first().waitFor();
    const links = await page.locator("a[href^='/']").evaluateAll((all) => all.map(String));
    for (const link of new Set(links)) assert.equal((await fetch(link)).status, 200, link);
  });

  await t.test("a page that was gone to has the focus, also a part of it", async (t) => {
    const { page, assertClean } = await openPage(t, `${url}/quality`, english);
    await page.evaluate("window.stillTheSamePage = true");
    await page.locator(".figures a").first().press("Enter");
    await page.locator("#dead-letters tbody tr").first().waitFor();
    assert.ok(page.url().endsWith("/pipeline#dead-letters"));
    assert.equal(await page.evaluate("document.activeElement.id"), "content");
    assert.ok(Number(await page.evaluate("scrollY")) > 0, "the part is in sight");
    assert.equal(await page.evaluate("window.stillTheSamePage"), true);
    await page.locator(".skip").press("Enter");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate("document.activeElement.closest('main') !== null"), true);
    assertClean();
  });

  await t.test("what rises has the colour that was chosen, and trouble stays red", async (t) => {
    const { page } = await openPage(t, url, english);
    await page.locator(".movers .up").first().waitFor();
    const colours = async (): Promise<unknown> =>
      page.evaluate(`["rise", "fall", "down"].map((name) =>
        getComputedStyle(document.documentElement).getPropertyValue("--" + name))`);
    const tile = async (): Promise<unknown> =>
      page.evaluate(`getComputedStyle(document.querySelector("[class*=heat-up]")).backgroundColor`);
    const [before, tileBefore] = [await colours(), await tile()];
    assert.ok(Array.isArray(before));
    await page.locator(".menu summary").click();
    await page.getByRole("radio", { name: "Red", exact: true }).click();
    assert.deepEqual(await colours(), [before[1], before[0], before[2]]);
    assert.notEqual(await tile(), tileBefore);
    assert.deepEqual(await seriousViolations(page), []);
    await page.reload();
    await page.locator(".movers .up").first().waitFor();
    assert.deepEqual(await colours(), [before[1], before[0], before[2]]);
  });

  await t.test(
    "why a record was refused is told in Arabic, with the program's words",
    async (t) => {
      const { page, assertClean } = await openPage(t, `${url}/pipeline`, arabic);
      const row = page.locator("#dead-letters tbody tr").first();
      await row.waitFor();
      assert.match(plainText(await row.locator(".told").textContent()), /^[^a-z]+(JSON[^a-z]+)?$/);
      assert.equal(await row.locator(".own-words p").isVisible(), false);
      await row.locator(".own-words summary").press("Enter");
      assert.match((await row.locator(".own-words p").textContent()) ?? "", /[a-z]{3}/);
      assert.deepEqual(await seriousViolations(page), []);
      assertClean();
    },
  );

  await t.test("a panel that failed says why in Arabic", async (t) => {
    const { page } = await openPage(t, `${url}/symbol/NOSUCH`, arabic);
    const failure = page.locator(".failure");
    await failure.waitFor();
    const told = plainText(await failure.locator(".told").textContent());
    assert.equal(told, "لا شيء في هذا العنوان.");
    assert.match((await failure.locator(".own-words").textContent()) ?? "", /no symbol NOSUCH/);
    assert.equal(await failure.getByRole("button", { name: "انسخ التفاصيل" }).count(), 1);
  });

  await t.test("a page that was opened behind others lets its connection go", async (t) => {
    const { page } = await openPage(t, `${url}/sql`, english);
    await page.clock.install();
    await page.addInitScript("Object.defineProperty(document, 'hidden', { get: () => true })");
    await page.reload();
    await page.locator("main h1").waitFor();
    const gone = page.waitForEvent("requestfailed", (request) => request.url().includes("/events"));
    await page.clock.fastForward(25_000);
    await gone;
  });

  await t.test("who is signed in no more is asked to sign in", async (t) => {
    const { page } = await openPage(t, url, english);
    await page.route("**/api/v1/status", async (route) => route.fulfill({ status: 401 }));
    await page.route("**/login", async (route) => route.fulfill({ body: "sign in" }));
    await page.reload();
    await page.waitForURL("**/login");
  });
}

test("a lake without a bar says so, and what to do", { skip, timeout: 120_000 }, async (t) => {
  const data = temporaryFolder("empty");
  mkdirSync(join(data, "lake"));
  const { url } = await startDashboard(["serve", "--data", data]);
  for (const look of [english, arabic]) {
    for (const [path, command] of [
      ["/", "npx egx up --feed simulator"],
      [symbolPath, "npx egx backfill --symbols COMI"],
      ["/quality", null],
    ] as const) {
      await t.test(`${path} in ${look.language}`, async (t) => {
        const { page, assertClean } = await openPage(t, url + path, look);
        const empty = page.locator(".empty").first();
        await empty.waitFor();
        if (command !== null) {
          assert.ok(plainText(await empty.textContent()).includes(command));
        }
        assert.equal(await page.locator(".chart, .heat-map .tile").count(), 0);
        assert.doesNotMatch((await page.locator("main").textContent()) ?? "", /\b0\.00\b/);
        assert.deepEqual(await seriousViolations(page), []);
        await keepScreenshot(page, `state-empty-${path.split("/")[1]}-${look.language}`);
        assertClean();
      });
    }
  }
});

/** A page whose server says it is in a state; null: it cannot be asked, nor its stream heard. */
async function openInState(
  t: TestContext,
  url: string,
  look: Look,
  said: Said | null,
): Promise<Opened> {
  const opened = await openPage(t, url, look);
  const { page } = opened;
  await page.route("**/api/v1/status", async (route) => {
    if (said === null) return route.abort();
    const response = await route.fetch();
    const answer: unknown = await response.json();
    assert.ok(typeof answer === "object" && answer !== null);
    return route.fulfill({ response, json: { ...answer, ...said } });
  });
  // Without an answer it is neither up nor lost, and says nothing else.
  await page.route("**/api/v1/events*", async (route) => {
    if (said === null) await route.abort();
  });
  await page.reload();
  return opened;
}
