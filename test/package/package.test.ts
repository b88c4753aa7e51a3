import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test, type TestContext } from "node:test";
import { minuteBars } from "../cli/run-egx.ts";
import { dailyRow, listingOf } from "../support/tradingview/listings.ts";
import { StandIn } from "../support/tradingview/server.ts";

const modules = join(import.meta.dirname, "../../node_modules");
const compiler = join(modules, "typescript/bin/tsc");

/** What somebody else's project may hold. */
const program = `
import { dayOf, egxCalendar, nextSession, phaseAt, type Calendar } from "egx-pipeline/calendar";

const calendar: Calendar = egxCalendar({ open: ["2027-04-25"] });
const fire = dayOf(calendar, Temporal.PlainDate.from("2025-07-08"));
const next = nextSession(calendar, fire.date);
const phase: string | null = phaseAt(calendar, next.openMs);
console.log(JSON.stringify([fire.open, fire.certainty, next.date.toString(), phase]));
`;

const settings = {
  compilerOptions: {
    module: "nodenext",
    target: "esnext",
    lib: ["esnext", "esnext.temporal", "dom"],
    types: [],
    strict: true,
    rootDir: ".",
    outDir: "out",
  },
  include: ["main.ts"],
};

/** The same of the live feed; its server is in the environment. */
const asking = `
import { getEgxData, openEgxData, type SymbolBars } from "egx-pipeline/egxpy";

const shown = (answer: SymbolBars): unknown =>
  answer.ok
    ? [answer.symbol, answer.bars.length, answer.bars[0]?.date.toString(), answer.bars[0]?.volume]
    : [answer.symbol, answer.error.code];
const answers = await getEgxData(["COMI", "NOSUCH"], "Daily", "2026-06-01", "2026-06-02");
const data = openEgxData();
const newest = await data.getOhlcvData("COMI", "EGX", "Daily", 1);
await data.close();
console.log(JSON.stringify([...answers, newest].map(shown)));
`;

/** A folder with the packed package in it, as an installation would lay it. */
function installPacked(t: TestContext): { readonly folder: string; readonly installed: string } {
  const folder = mkdtempSync(join(tmpdir(), "egx-package-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  run("npm", ["pack", "--pack-destination", folder]);
  const archive = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  assert.ok(archive !== undefined);
  const installed = join(folder, "node_modules", "egx-pipeline");
  mkdirSync(installed, { recursive: true });
  run("tar", ["-xzf", join(folder, archive), "-C", installed, "--strip-components=1"]);
  return { folder, installed };
}

test("the packed package has its calendar and its command", async (t) => {
  const { folder, installed } = installPacked(t);
  await t.test("the calendar is imported, with its types and nothing else", () => {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
    writeFileSync(join(folder, "main.ts"), program);
    run(process.execPath, [compiler, "--project", folder]);
    assert.deepEqual(JSON.parse(run(process.execPath, [join(folder, "out", "main.js")])), [
      false,
      "known",
      "2025-07-09",
      "continuous",
    ]);
  });
  // The dependencies of an installation lie beside it; those of the clone stand in for them.
  symlinkSync(modules, join(installed, "node_modules"));
  await t.test("egxpy's calls are imported, with their types, and give bars", async () => {
    const rows = ["2026-06-01", "2026-06-02"].map((date, day) => dailyRow(date, day));
    const listings = [listingOf("COMI", { "1D": rows })];
    const standIn = await StandIn.start({ listings });
    t.after(async () => standIn.close());
    writeFileSync(join(folder, "main.ts"), asking);
    run(process.execPath, [compiler, "--project", folder]);
    const env = { ...process.env, EGX_TRADINGVIEW_URL: standIn.url, TZ: "America/Los_Angeles" };
    const child = spawn(process.execPath, [join(folder, "out", "main.js")], { env });
    let said = "";
    child.stdout.on("data", (part: unknown) => (said += String(part)));
    child.stderr.on("data", (part: unknown) => (said += String(part)));
    await once(child, "close");
    assert.equal(
      said,
      '[["COMI",2,"2026-06-01",1000],["NOSUCH","E_FEED_SYMBOL_UNKNOWN"],["COMI",1,"2026-06-02",1001]]\n',
    );
  });
  await t.test("egx runs from what was built", () => {
    const egx = join(installed, "bin", "egx.js");
    assert.match(run(process.execPath, [egx, "--version"]), /^\d+\.\d+\.\d+/);
    const bars = join(folder, "bars.csv");
    writeFileSync(bars, minuteBars());
    const up = ["up", "--once", "--feed", "recorded", "--file", bars, "--data", folder, "--json"];
    assert.match(run(process.execPath, [egx, ...up]), /"silverRows":40/);
  });
});

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  assert.equal(status, 0, `${command} ${args.join(" ")}\n${stdout}\n${stderr}`);
  return stdout;
}
