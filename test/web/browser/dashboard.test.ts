import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { Page } from "playwright-core";
import { untilPastIsThere } from "../../../scripts/services/dashboard.ts";
import {
  answerOf,
  assertNoSideways,
  keepScreenshot,
  openPage,
  seriousViolations,
  skipWithoutChromium,
  startDashboard,
  temporaryFolder,
  until,
  type Dashboard,
  type Look,
} from "../../support/browser.ts";
import { hearBars } from "../../support/heard-bars.ts";

const skip = skipWithoutChromium;
const symbols = ["COMI", "TMGH", "SWDY", "ETEL", "EAST", "HRHO", "ABUK", "FWRY", "MPCI", "ORAS"];
const dashboards: Dashboard[] = [];

before(async () => {
  if (skip !== false) return;
  const data = temporaryFolder("dashboard");
  const feed = ["--feed", "simulator", "--symbols", symbols.join(",")];
  const started = await startDashboard(["up", "--data", data, ...feed]);
  dashboards.push(started);
  await untilPastIsThere(started.url);
});

const looks: readonly Look[] = [
  { language: "en", theme: "light" },
  { language: "ar", theme: "dark" },
  { language: "ar", theme: "light", width: 375 },
  { language: "en", theme: "dark", width: 375, palette: "cb" },
];

for (const [name, path, ready] of [
  ["market", "/", ".heat-map .tile, .overview table"],
  ["symbol", "/symbol/COMI?interval=1d&range=3M", ".chart canvas"],
] as const) {
  for (const look of looks) {
    const { language, theme, width = 1366 } = look;
    test(`the ${name} page in ${language}, ${theme}, ${width} px`, { skip }, async (t) => {
      const { page, assertClean } = await openPage(t, dashboard().url + path, look);
      await page.locator(ready).first().waitFor();
      await page.getByRole("group", { name: /What the data is|طبيعة البيانات/ }).waitFor();
      assert.equal(await page.locator("html").getAttribute("lang"), language);
      assert.equal(
        await page.locator("html").getAttribute("dir"),
        language === "ar" ? "rtl" : "ltr",
      );
      await page.getByText(language === "ar" ? "بيانات محاكاة" : "Simulated data").waitFor();
      assert.match(await page.title(), language === "ar" ? /محاكاة/ : /Simulated/);
      await keepScreenshot(page, `${name}-${language}-${theme}-${width}`);
      assert.deepEqual(await seriousViolations(page), []);
      await assertNoSideways(page);
      assert.deepEqual(await numbersWithMisplacedSigns(page), []);
      assertClean();
    });
  }
}

test(
  "the address, the place and the focus stay when the language is switched",
  { skip },
  async (t) => {
    const { page } = await openPage(t, `${dashboard().url}/?x=1`, {
      language: "en",
      theme: "light",
    });
    const other = page.getByRole("button", { name: /Arabic/ });
    await other.focus();
    await page.keyboard.press("Enter");
    await page.locator("html[dir=rtl]").waitFor();
    await page.getByRole("heading", { level: 1, name: "السوق" }).waitFor();
    assert.ok(page.url().endsWith("/?x=1"));
    assert.equal(await page.evaluate("document.activeElement.className"), "language");
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "السوق" }).waitFor();
  },
);

test("a symbol is found by keyboard alone, in both scripts", { skip }, async (t) => {
  const { page } = await openPage(t, dashboard().url, { language: "en", theme: "light" });
  await page.locator("main h1").waitFor();
  for (const [typed, found] of [
    ["أوراسكوم", /\/symbol\/ORAS/],
    ["commercial int", /\/symbol\/COMI/],
    ["ETEL", /\/symbol\/ETEL/],
  ] as const) {
    await page.locator("main").press("/");
    await page.keyboard.type(typed);
    await page.locator(".search [role=option] .ticker").first().waitFor();
    await chooseByKeys(page, found);
    await page.waitForURL(found);
    await page.locator("main h1").waitFor();
  }
  await page.locator("main").press("g");
  await page.keyboard.press("m");
  await page.getByRole("heading", { level: 1, name: "Market" }).waitFor();
});

test(
  "the map is one stop of the Tab key; arrows move in it and Enter opens",
  { skip },
  async (t) => {
    const { page } = await openPage(t, dashboard().url, { language: "ar", theme: "dark" });
    await page.locator(".heat-map a.tile").first().waitFor();
    assert.equal(await page.locator(".heat-map a.tile[tabindex='0']").count(), 1);
    const first = page.locator(".heat-map a.tile[tabindex='0']");
    const from = await first.getAttribute("data-symbol");
    await first.focus();
    const arrows = ["ArrowLeft", "ArrowDown", "ArrowRight", "ArrowUp"];
    for (const key of arrows) {
      await page.keyboard.press(key);
      const now: unknown = await page.evaluate("document.activeElement.dataset.symbol");
      if (now !== from) break;
    }
    const to: unknown = await page.evaluate("document.activeElement.dataset.symbol");
    assert.notEqual(to, from, "an arrow led to a neighbour");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/symbol/${String(to)}`);
  },
);

test("a bar leads to the object and record that it came from, by keyboard", { skip }, async (t) => {
  const url = `${dashboard().url}/symbol/COMI?interval=1d`;
  const { page, assertClean } = await openPage(t, url, { language: "en", theme: "light" });
  await page.locator(".chart canvas").first().waitFor();
  await page.locator(".chart").focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.locator(".chart-box [aria-live]").filter({ hasText: "close" }).waitFor({
    state: "attached",
  });
  await page.keyboard.press("Enter");
  const panel = page.getByRole("region", { name: "Where this bar came from" });
  await panel.getByText("as written").waitFor();
  await panel
    .getByText(/batch\/date=/)
    .first()
    .waitFor();
  assertClean();
});

test("live bars appear without a reload", { skip }, async (t) => {
  const url = `${dashboard().url}/symbol/COMI?interval=1m&view=table`;
  const { page, assertClean } = await openPage(t, url, { language: "en", theme: "light" });
  await page.locator(".symbol-last strong").waitFor();
  await page.evaluate("window.stillTheSamePage = true");
  const bars = hearBars(t, dashboard().url, "COMI");
  const delays: number[] = [];
  for (let times = 0; times < 3; times += 1) {
    const { close, atMs } = await bars.next();
    const text = close.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 3 });
    await page.locator(".symbol-last strong", { hasText: text }).waitFor({ timeout: 5000 });
    delays.push(performance.now() - atMs);
  }
  t.diagnostic(`shown ${delays.map((ms) => `${Math.round(ms)} ms`).join(", ")} after the event`);
  assert.equal(await page.evaluate("window.stillTheSamePage"), true);
  assertClean();
});

test("after the server was killed and came back, no bar is missing", { skip }, async (t) => {
  const url = `${dashboard().url}/symbol/COMI?interval=1m&view=table`;
  const { page, assertClean } = await openPage(t, url, { language: "en", theme: "light" });
  await page.locator("tbody tr").first().waitFor();
  await page.evaluate("window.stillTheSamePage = true");
  await dashboard().kill();
  await page.getByText("Dashboard disconnected").first().waitFor();
  await keepScreenshot(page, "disconnected");
  assert.ok((await page.locator("tbody tr").count()) > 0, "the last bars stay");
  await dashboard().start();
  await page.getByText("Dashboard disconnected").first().waitFor({ state: "detached" });
  const heard = hearBars(t, dashboard().url, "COMI");
  const last = await heard.next();
  await until("the newest bar is in the table", async () =>
    (await tableTimes(page)).includes(cairoText(last.time)) ? true : null,
  );
  const stored = await until("silver has caught up", async () =>
    storedTimes(dashboard(), last.date),
  );
  const shown = new Set(await tableTimes(page));
  assert.deepEqual(
    stored.map(cairoText).filter((time) => !shown.has(time)),
    [],
  );
  assert.equal(await page.evaluate("window.stillTheSamePage"), true);
  assertClean(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|Failed to load/);
});

function dashboard(): Dashboard {
  const [running] = dashboards;
  assert.ok(running !== undefined);
  return running;
}

async function chooseByKeys(page: Page, wanted: RegExp): Promise<void> {
  const tickers = await page.locator(".search [role=option] .ticker").allTextContents();
  const place = tickers.findIndex((ticker) => wanted.test(`/symbol/${ticker}`));
  assert.notEqual(place, -1, `${String(wanted)} is not among ${tickers.join(" ")}`);
  for (let step = 0; step < place; step += 1) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
}

/** Numbers of which the sign is not drawn at the left of the first digit. */
async function numbersWithMisplacedSigns(page: Page): Promise<unknown> {
  return page.evaluate(`
    [...document.querySelectorAll("main .num")].flatMap((each) => {
      const text = each.firstChild;
      if (text === null || text.nodeType !== 3 || !/^[-+]/.test(text.data)) return [];
      const left = (at) => {
        const range = document.createRange();
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        return range.getBoundingClientRect().left;
      };
      return left(0) < left(1) ? [] : [text.data];
    })
  `);
}

/** What the first column of the table says, newest first. */
async function tableTimes(page: Page): Promise<readonly string[]> {
  return page.locator("tbody th .num").allTextContents();
}

function cairoText(time: string): string {
  const cairo = Temporal.Instant.from(time).toZonedDateTimeISO("Africa/Cairo");
  return cairo.toPlainDateTime().toString({ smallestUnit: "minute" }).replace("T", " ");
}

/** Times of silver's bars of a session, once there are some. */
async function storedTimes(server: Dashboard, date: string): Promise<readonly string[] | null> {
  const answer = await answerOf(
    server,
    `/symbols/COMI/bars?interval=1m&from=${date}&to=${date}&limit=200`,
  );
  if (typeof answer !== "object" || answer === null || !("bars" in answer)) return null;
  const { bars } = answer;
  if (!Array.isArray(bars) || bars.length === 0) return null;
  return bars.map((bar: unknown) => {
    assert.ok(typeof bar === "object" && bar !== null && "time" in bar);
    return String(bar.time);
  });
}
