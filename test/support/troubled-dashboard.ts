import type { TestContext } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { openSqliteLog } from "../../src/log/sqlite-log.ts";
import { runEgx } from "../../scripts/services/dashboard.ts";
import { startDashboard, temporaryFolder, type Dashboard, type Look } from "./browser.ts";
import { troubledLake } from "./troubled-lake.ts";

/** Each page is looked at in both languages, both themes and both widths. */
export const looks: readonly Look[] = [
  { language: "ar", theme: "light" },
  { language: "en", theme: "dark" },
  { language: "ar", theme: "dark", width: 375 },
  { language: "en", theme: "light", width: 375 },
];

/** The name of a screenshot of a page as it is looked at. */
export function screenshotName(page: string, { language, theme, width = 1366 }: Look): string {
  return `${page}-${language}-${theme}-${width}`;
}

/** A text without the invisible marks of direction. */
export function plainText(text: string | null): string {
  return (text ?? "").replaceAll(/[\u2066-\u2069]/g, "");
}

/** `egx serve` over a lake with known troubles, and a log whose three records are dead letters. */
export async function troubledDashboard(t: TestContext): Promise<Dashboard> {
  const { folder } = await troubledLake(t);
  const log = temporaryFolder("troubled-log");
  await publishBadMessages(log);
  const places = ["--lake", folder, "--log", log];
  runEgx(["consumer", "--once", ...places]);
  return startDashboard(["serve", ...places]);
}

async function publishBadMessages(folder: string): Promise<void> {
  const log = await openSqliteLog({ folder, clock: systemClock, random: systemRandom });
  const name = "egx_market_data";
  await log.createTopic({ name, partitions: 6, retentionMs: null, retentionBytes: null });
  const producer = await log.producer(name);
  const key = utf8("COMI");
  await producer.send([
    { key, value: utf8("{") },
    { key, value: utf8('{"v":1}') },
    { key: null, value: utf8("<script>document.title = 1</script>") },
  ]);
  await producer.close();
  await log.close();
}
