/**
 * Pictures of the dashboard for the README: `npm run screenshots`.
 *
 * Writes docs/screenshots/<page>-<language>.png of the five pages in both languages, made of
 * simulated data, as each picture says itself. Needs the part `chromium` (scripts/services.ts).
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { listings } from "../src/market/universe.ts";
import { launchChromium } from "./services/chromium.ts";
import { spawnDashboard, untilPastIsThere } from "./services/dashboard.ts";
import { freePorts } from "./services/ports.ts";

const target = fileURLToPath(new URL("../docs/screenshots", import.meta.url));
const symbolsMax = 110;
const indices = ["EGX30", "EGX70EWI", "EGX100EWI"];
const settleMs = 2500;

const pages = [
  { name: "market", path: "/", theme: "dark" },
  { name: "symbol", path: "/symbol/COMI?interval=1d&range=1Y", theme: "dark" },
  { name: "quality", path: "/quality", theme: "light" },
  { name: "pipeline", path: "/pipeline", theme: "light" },
  { name: "sql", path: "/sql", theme: "light" },
] as const;

const folder = mkdtempSync(join(tmpdir(), "egx-screenshots-"));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  mkdirSync(target, { recursive: true });
  const symbols = knownSymbols();
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const feed = ["--feed", "simulator", "--symbols", [...symbols, ...indices].join(",")];
  const server = await spawnDashboard(["up", "--data", folder, "--port", String(port), ...feed]);
  const browser = await launchChromium();
  try {
    await untilPastIsThere(url);
    for (const language of ["en", "ar"] as const) {
      for (const page of pages) await picture(browser, url, page, language);
    }
  } finally {
    await browser.close();
    const closed = new Promise((resolve) => server.once("close", resolve));
    server.kill("SIGTERM");
    await closed;
  }
}

/** Listed symbols with a name and a sector, the best known first. */
function knownSymbols(): readonly string[] {
  const first = ["COMI", "TMGH", "SWDY", "ETEL", "EAST", "HRHO", "ABUK", "FWRY"];
  const known = listings.filter(
    ({ listed, name, sector, listedShares }) =>
      listed && name.ar !== null && sector !== null && listedShares !== null,
  );
  const others = known.map(({ symbol }) => symbol).filter((symbol) => !first.includes(symbol));
  return [...first, ...others].slice(0, symbolsMax);
}

async function picture(
  browser: Browser,
  url: string,
  { name, path, theme }: (typeof pages)[number],
  language: "en" | "ar",
): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: 1366, height: 900 },
    reducedMotion: "reduce",
  });
  const prefs = JSON.stringify({ language, theme });
  await context.addInitScript(`localStorage.setItem("egx.prefs", ${JSON.stringify(prefs)})`);
  const page = await context.newPage();
  await page.goto(url + path);
  await page.locator("main h1").first().waitFor();
  await page.waitForTimeout(settleMs);
  if (name === "sql") {
    await page.locator(".run-bar .primary").click();
    await page.locator(".result-footer").waitFor();
  }
  const file = join(target, `${name}-${language}.png`);
  await page.screenshot({ path: file });
  console.log(`docs/screenshots/${name}-${language}.png`);
  await context.close();
}
