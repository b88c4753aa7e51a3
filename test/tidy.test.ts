import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, normalize, relative } from "node:path";
import { test } from "node:test";

/** Which folder of src/ may import which; each may import itself, base and telemetry. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  telemetry: [],
  market: [],
  log: [],
  lake: [],
  parquet: ["market"],
  feeds: ["market"],
  api: ["feeds", "market"],
  producer: ["feeds", "market", "log"],
  ledger: ["lake"],
  consumer: ["market", "log", "lake", "ledger"],
  loads: ["feeds", "market", "lake", "ledger", "parquet"],
  silver: ["market", "lake", "ledger", "parquet"],
  quality: ["market", "lake", "ledger", "parquet", "silver", "loads"],
  serve: ["silver", "quality", "ledger", "lake", "market", "log", "parquet"],
  cli: [
    "market",
    "log",
    "lake",
    "parquet",
    "feeds",
    "producer",
    "ledger",
    "consumer",
    "loads",
    "silver",
    "quality",
    "serve",
  ],
};

/** Adapters are constructed in one place, and by what the package gives to programs. */
const adapters = [
  /^src\/log\/(sqlite|kafka)/,
  /^src\/lake\/(folder-lake|s3)/,
  /^src\/feeds\/(recorded|simulator|tradingview\/tradingview|yahoo\/yahoo|eodhd\/eodhd|kaggle\/kaggle)\.ts$/,
];
const builders = new Set(["src/cli/wiring.ts", "src/api/egxpy.ts"]);
const sameRoom = (from: string, to: string): boolean => room(from) === room(to);

const widthMax = 120;
const bannedWords = /\b(TODO|FIXME|XXX|HACK)\b|\.only\(|not implemented/;
const bannedText = /\bnew Date\(\)|from "node:timers/;

interface Module {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const importPattern =
  /^(?:import|export)\b(?:[^;"]*?\bfrom\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm;

/** Packages that another one needs beside it, and nobody imports. */
const peers = ["commander"];

const modules: readonly Module[] = globSync("{src,test,scripts,bench}/**/*.ts")
  .concat(globSync("web/src/**/*.{ts,tsx}"))
  .map((path) => {
    const text = readFileSync(path, "utf8");
    const found = text.matchAll(importPattern);
    return { path, text, imports: Array.from(found, (match) => match[1] ?? match[2] ?? "") };
  });
const sources = modules.filter(({ path }) => path.startsWith("src/"));
const browserSources = modules.filter(({ path }) => path.startsWith("web/"));
const paths = new Set(modules.map(({ path }) => path));

const room = (path: string): string => path.split("/")[1] ?? "";
const resolved = (from: string, name: string): string => normalize(join(dirname(from), name));
const isRelative = (name: string): boolean => name.startsWith(".");
const packageOf = (name: string): string =>
  name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");

test("all sources are seen", () => {
  assert.ok(sources.length >= 60, `only ${sources.length} sources were found`);
  assert.ok(sources.some(({ imports }) => imports.length > 5));
});

test("relative imports lead to files", () => {
  const broken = modules.flatMap(({ path, imports }) =>
    imports
      .filter(
        (name) => isRelative(name) && name.endsWith(".ts") && !paths.has(resolved(path, name)),
      )
      .map((name) => `${path} → ${name}`),
  );
  assert.deepEqual(broken, []);
});

test("rooms import only whom they may", () => {
  const wrong: string[] = [];
  for (const { path, imports } of sources) {
    const own = room(path);
    const allowed = new Set([own, "base", "telemetry", ...(mayImport[own] ?? [])]);
    if (own === "base") allowed.delete("telemetry");
    for (const name of imports.filter(isRelative)) {
      const target = resolved(path, name);
      const inside = target.startsWith("src/") && allowed.has(room(target));
      if (!inside) wrong.push(`${path} → ${relative(".", target)}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("the dashboard imports the clock, pure code of the market, and the API's types", () => {
  const allowed = [
    /^src\/base\/clock\.ts$/,
    /^src\/market\/fold\.ts$/,
    /^src\/(serve\/api\/|base\/schema\.ts$)/,
    /^web\/src\//,
  ];
  const wrong = browserSources.flatMap(({ path, text, imports }) =>
    imports
      .filter(isRelative)
      .map((name) => resolved(path, name))
      .filter((target) => !allowed.some((pattern) => pattern.test(target)))
      .concat(
        /import (?!type)[^;]*(serve\/api\/|base\/schema)/.test(text) ? ["a value of a schema"] : [],
      )
      .map((target) => `${path} → ${target}`),
  );
  assert.ok(browserSources.length > 20);
  assert.deepEqual(wrong, []);
});

test("a page of the dashboard imports no other page", () => {
  const wrong = browserSources.flatMap(({ path, imports }) =>
    imports
      .filter(isRelative)
      .map((name) => resolved(path, name))
      .filter((target) => target.startsWith("web/src/pages/"))
      .filter((target) => path.startsWith("web/src/pages/") && dirname(target) !== dirname(path))
      .map((target) => `${path} → ${target}`),
  );
  assert.deepEqual(wrong, []);
});

test("the dashboard, too, imports one npm package in one file", () => {
  const importers = new Map<string, string[]>();
  for (const { path, imports } of browserSources) {
    for (const name of new Set(imports.filter((each) => !isRelative(each)).map(packageOf))) {
      importers.set(name, [...(importers.get(name) ?? []), path]);
    }
  }
  assert.deepEqual(
    [...importers].filter(([, files]) => files.length > 1),
    [],
  );
});

test("every room is in the table", () => {
  assert.deepEqual(
    [...new Set(sources.map(({ path }) => room(path)))].filter(
      (name) => mayImport[name] === undefined,
    ),
    [],
  );
});

test("adapters are constructed in one place", () => {
  const wrong = sources.flatMap(({ path, imports }) =>
    imports
      .filter(isRelative)
      .map((name) => resolved(path, name))
      .filter((target) => adapters.some((adapter) => adapter.test(target)))
      .filter((target) => !builders.has(path) && !sameRoom(path, target))
      .map((target) => `${path} → ${target}`),
  );
  assert.deepEqual(wrong, []);
});

test("one npm package is imported in one file", () => {
  const importers = new Map<string, string[]>();
  for (const { path, imports } of sources) {
    const packages = imports.filter((name) => !isRelative(name) && !name.startsWith("node:"));
    for (const name of new Set(packages.map(packageOf))) {
      assert.ok(!builtinModules.includes(name), `${path} imports ${name} without node:`);
      importers.set(name, [...(importers.get(name) ?? []), path]);
    }
  }
  const shared = [...importers].filter(([, files]) => files.length > 1);
  assert.deepEqual(shared, []);
  const declared: unknown = JSON.parse(readFileSync("package.json", "utf8"));
  assert.ok(typeof declared === "object" && declared !== null && "dependencies" in declared);
  assert.deepEqual(
    [...importers.keys(), ...peers].toSorted(),
    Object.keys(declared.dependencies ?? {}).toSorted(),
    "package.json lists what is imported, and nothing else",
  );
});

test("no file is without a reader", () => {
  const read = new Set(
    modules.flatMap(({ path, imports }) =>
      imports.filter(isRelative).map((name) => resolved(path, name)),
    ),
  );
  const entrances = new Set(["src/cli/main.ts", "src/api/egxpy.ts"]);
  const dead = sources.filter(
    ({ path }) => !read.has(path) && !entrances.has(path) && !path.startsWith("src/cli/commands/"),
  );
  assert.deepEqual(
    dead.map(({ path }) => path),
    [],
  );
});

test("lines, words and clocks", () => {
  const wrong: string[] = [];
  for (const { path, text } of modules) {
    if (path === "test/tidy.test.ts") continue;
    for (const [index, line] of text.split("\n").entries()) {
      const where = `${path}:${index + 1}`;
      if (line.length > widthMax && !/https?:\/\/|^\s*(\/\/|\*|"|`|\/)/.test(line))
        wrong.push(`${where} is wide`);
      if (bannedWords.test(line)) wrong.push(`${where} is unfinished`);
      if (path.startsWith("src/") && path !== "src/base/clock.ts" && bannedText.test(line)) {
        wrong.push(`${where} reads the host's clock`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test("documents name no line numbers and no place outside of the project", () => {
  const documents = globSync("{*.md,docs/**/*.md}");
  const wrong: string[] = [];
  for (const path of documents) {
    const text = readFileSync(path, "utf8");
    if (/\.ts:\d+/.test(text)) wrong.push(`${path} cites a line number`);
    if (/\.\.\/shared|\/work\//.test(text)) wrong.push(`${path} names a place outside`);
  }
  assert.deepEqual(wrong, []);
});
