import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test, type TestContext } from "node:test";
import { minuteBars } from "../cli/run-egx.ts";

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
  await t.test("egx runs from what was built", () => {
    // The dependencies of an installation lie beside it; those of the clone stand in for them.
    symlinkSync(modules, join(installed, "node_modules"));
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
