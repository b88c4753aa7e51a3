import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";

const compiler = join(import.meta.dirname, "../../node_modules/typescript/bin/tsc");

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

test("the calendar is imported from the packed package, with its types and nothing else", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "egx-package-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  run("npm", ["pack", "--pack-destination", folder]);
  const archive = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  assert.ok(archive !== undefined);
  // Unpacked as an installation would do it, but for the dependencies: the calendar has none.
  const installed = join(folder, "node_modules", "egx-pipeline");
  mkdirSync(installed, { recursive: true });
  run("tar", ["-xzf", join(folder, archive), "-C", installed, "--strip-components=1"]);
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

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  assert.equal(status, 0, `${command} ${args.join(" ")}\n${stdout}\n${stderr}`);
  return stdout;
}
