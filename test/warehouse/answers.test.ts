import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { before, describe, test } from "node:test";
import { isInstalled } from "../../scripts/services/cache.ts";
import { dbtProject, pythonProjectVersion } from "../../scripts/services/python.ts";
import { runEgx } from "../cli/run-egx.ts";
import type { Database } from "../../src/parquet/duckdb.ts";
import { mustRunServices } from "../support/services-kafka.ts";
import { dbtDone, egxOn, folderForFile, marts, openStores } from "../support/warehouse.ts";

const page = join(import.meta.dirname, "../../docs/warehouse.md");
const readme = join(import.meta.dirname, "../../README.md");
const skip =
  isInstalled(dbtProject.name, pythonProjectVersion(dbtProject)) || mustRunServices()
    ? false
    : "py-dbt is not installed: npm run py:setup";
const folder = skip === false ? await folderForFile() : "";
const lake = join(folder, "lake");
const warehouse = join(folder, "warehouse");
/** An example: its query, and the table of its answer. */
const example = /```sql\n(?<sql>[^`]+)```\n\n(?<table>(?:\|.*\n)+)/g;
/** A row of the README's table of marts: the query, and its one answer. */
const shortExample = /^\| `\w+` \| [^|]+ \| `(?<sql>select [^`]+)` \| (?<answer>[^|]+) \|$/gm;

describe("docs/warehouse.md", { skip }, () => {
  before(async () => {
    const text = readFileSync(page, "utf8");
    const commands = [...text.matchAll(/^ {4}npx egx (backfill|silver|quality)(.*)$/gm)];
    assert.equal(commands.length, 4);
    for (const [, command = "", rest = ""] of commands) {
      const args = [command, ...rest.trim().split(" ")].filter((word) => word !== "");
      // Sessions of the simulator's last day are pending, so this one ends with 1.
      if (command === "quality") await runEgx([...args, "--lake", lake]);
      else await egxOn(lake, args);
    }
    await dbtDone(["build"], { lake, warehouse });
  });

  test("every query of an example gives the answer that is printed", async (t) => {
    const stores = await openStores(t, { warehouse: { duckdb: warehouse } });
    await stores.run("USE warehouse");
    let text = readFileSync(page, "utf8");
    const examples = [...text.matchAll(example)];
    assert.equal(examples.length, Object.keys(marts).length);
    for (const { groups } of examples) {
      const { sql = "", table = "" } = groups ?? {};
      const { columns } = await stores.stream(sql);
      const cells = await textsOf(stores, sql);
      const answer = tableOf([columns.map(({ name }) => name), ...cells]);
      if (process.env["EGX_WRITE_ANSWERS"] === "1") text = text.replace(table, answer);
      else assert.equal(table, answer, sql);
    }
    if (process.env["EGX_WRITE_ANSWERS"] === "1") writeFileSync(page, text);
  });

  test("so does every query of the README's table of marts", async (t) => {
    const stores = await openStores(t, { warehouse: { duckdb: warehouse } });
    await stores.run("USE warehouse");
    const examples = [...readFileSync(readme, "utf8").matchAll(shortExample)];
    assert.equal(examples.length, Object.keys(marts).length);
    for (const { groups } of examples) {
      const { sql = "", answer } = groups ?? {};
      const texts = await textsOf(stores, sql);
      assert.deepEqual(
        texts.map((row) => row.join(", ")),
        [answer],
        sql,
      );
    }
  });

  test("every mart has an example", () => {
    const text = readFileSync(page, "utf8");
    for (const mart of Object.keys(marts)) assert.ok(text.includes(`from ${mart}`), mart);
  });
});

/** The rows of a query, each value as DuckDB writes it; null is nothing. */
async function textsOf(stores: Database, sql: string): Promise<string[][]> {
  const rows = await stores.rows(`SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (${sql})`);
  return rows.map((row) => row.map((value) => (typeof value === "string" ? value : "")));
}

function tableOf([head = [], ...rows]: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}
