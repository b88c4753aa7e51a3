import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, type TestContext } from "node:test";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { isChromiumInstalled, launchChromium } from "../../scripts/services/chromium.ts";
import { spawnDashboard } from "../../scripts/services/dashboard.ts";
import { freePorts } from "../../scripts/services/ports.ts";
import { mustRunServices } from "./services-kafka.ts";

/** Why tests in the browser do not run here, or false when they do. */
export const skipWithoutChromium: string | false =
  isChromiumInstalled() || mustRunServices()
    ? false
    : "Chromium is not installed: npm run services -- install chromium";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Screenshots for people to look at; a folder that is not kept in the repository. */
const screenshots = join(root, "coverage", "screenshots");
/** What ends with the tests of the file, the last one first. */
const atEnd: (() => Promise<void> | void)[] = [];
// Registered here: within a test, it would belong to that test alone.
after(async () => {
  for (const end of atEnd.toReversed()) await end();
});

/** A dashboard that runs in a process of its own. */
export interface Dashboard {
  readonly url: string;
  /** Ends it as Ctrl-C does. */
  stop(): Promise<void>;
  /** Ends it without a word. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, after {@link stop} or {@link kill}. */
  start(): Promise<void>;
}

/** A temporary folder that goes away with the tests of a file. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `egx-${name}-`));
  atEnd.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs `egx` with a dashboard until the tests of the file are over. */
export async function startDashboard(args: readonly string[]): Promise<Dashboard> {
  const [port = 0] = await freePorts(1);
  let child: ChildProcess | null = null;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null) return;
    const closed = new Promise((resolve) => running.once("close", resolve));
    running.kill(signal);
    await closed;
  };
  const start = async (): Promise<void> => {
    child = await spawnDashboard([...args, "--port", String(port)]);
  };
  const dashboard: Dashboard = {
    url: `http://127.0.0.1:${port}`,
    stop: async () => end("SIGTERM"),
    kill: async () => end("SIGKILL"),
    start,
  };
  atEnd.push(async () => end("SIGTERM"));
  await start();
  return dashboard;
}

/** Waits until `look` gives something else than null; fails with `what` after `withinMs`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null>,
  withinMs = 30_000,
): Promise<T> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    assert.ok(performance.now() < endMs, `${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The JSON that the dashboard's server answers with, or null while it does not answer with 200. */
export async function answerOf(dashboard: Dashboard, path: string): Promise<unknown> {
  try {
    const response = await fetch(`${dashboard.url}/api/v1${path}`);
    const body: unknown = await response.json();
    return response.ok ? body : null;
  } catch {
    return null;
  }
}

let shared: Promise<Browser> | null = null;

/** The browser of the test file, started once. */
export async function browser(): Promise<Browser> {
  shared ??= launch();
  return shared;
}

async function launch(): Promise<Browser> {
  const launched = await launchChromium();
  atEnd.push(async () => launched.close());
  return launched;
}

export interface Look {
  readonly language: "ar" | "en";
  readonly theme: "light" | "dark";
  /** Width of the window; 1366 unless told. */
  readonly width?: number;
  readonly palette?: "normal" | "cb";
  /** What pages remember, by their names. */
  readonly pages?: Readonly<Record<string, string>>;
}

/** A page, and what went wrong in it so far. */
export interface Opened {
  readonly page: Page;
  /**
   * Fails when the console had an error, a script threw, or anything was asked of another machine.
   * `expected` are errors that the test itself brings about.
   */
  readonly assertClean: (expected?: RegExp) => void;
}

/** Opens an address in a fresh profile; the page is closed with the test. */
export async function openPage(t: TestContext, url: string, look: Look): Promise<Opened> {
  const context = await (
    await browser()
  ).newContext({
    viewport: { width: look.width ?? 1366, height: look.width === 375 ? 812 : 900 },
    reducedMotion: "reduce",
  });
  t.after(async () => context.close());
  const { language, theme, palette = "normal", pages = {} } = look;
  const prefs = JSON.stringify({ language, theme, palette, digits: "latn", pages });
  await context.addInitScript(
    `if (localStorage.getItem("egx.prefs") === null) localStorage.setItem("egx.prefs", ${JSON.stringify(prefs)})`,
  );
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(`thrown: ${error.message}`));
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    const ours = hostname === "127.0.0.1" || protocol === "data:" || protocol === "blob:";
    if (!ours) problems.push(`asked of ${request.url()}`);
  });
  await page.goto(url);
  return {
    page,
    assertClean: (expected) => {
      assert.deepEqual(
        problems.filter((problem) => expected?.test(problem) !== true),
        [],
      );
    },
  };
}

/** What axe finds wrong that is serious or critical, a line each. */
export async function seriousViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found: unknown = await page.evaluate(`
    axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
      .then(({ violations }) => violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => id + ": " + nodes.slice(0, 5).map(({ html }) => html.slice(0, 160)).join(" | ")))
  `);
  assert.ok(Array.isArray(found));
  return found.map(String);
}

/** Fails when the page can be moved sideways. */
export async function assertNoSideways(page: Page): Promise<void> {
  const wide: unknown = await page.evaluate(`
    document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
      [...document.querySelectorAll("body *")]
        .filter((each) => {
          const { left, right } = each.getBoundingClientRect();
          return right > innerWidth + 1 || left < -1;
        })
        .slice(0, 8)
        .map((each) => each.tagName + "." + each.className)
  `);
  assert.deepEqual(wide, []);
}

/** Keeps a picture of what is in sight. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
}
