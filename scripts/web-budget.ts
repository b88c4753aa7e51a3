import { statSync } from "node:fs";
import { basename, join } from "node:path";

/** What the bundler tells of its files; a part of esbuild's metafile. */
export interface BuiltFiles {
  readonly outputs: Readonly<Record<string, BuiltFile>>;
}

interface BuiltFile {
  readonly entryPoint?: string;
  readonly imports: readonly { readonly path: string; readonly kind: string }[];
}

export interface FirstView {
  readonly name: string;
  readonly kilobytes: number;
  readonly files: number;
  /** Why the build fails; null when it is within its budget. */
  readonly problem: string | null;
}

const marketBudget = 200;
/** By page, what may come on top of what the market's page loads. */
const pageBudgets: Readonly<Record<string, number>> = {
  symbol: 70,
  quality: 30,
  pipeline: 30,
  sql: 140,
};
const cssBudget = 15;

/**
 * The weight of each page's first view in Arabic, which needs the fonts of both scripts: every
 * file that it loads, as it is sent, in 1,000 bytes.
 */
export function firstViews(folder: string, metafile: BuiltFiles): readonly FirstView[] {
  const shell = filesOf(metafile, [
    "web/src/main.tsx",
    "web/src/boot.ts",
    "web/src/i18n/ar/messages.ts",
  ]);
  const market = new Set([...shell, ...filesOf(metafile, [pageSource("market")])]);
  const css = outputs(metafile).filter((path) => path.endsWith(".css"));
  const fonts = outputs(metafile).filter((path) => /sans-arabic.*\.woff2$/.test(path));
  const all = [...market, ...css, ...fonts];
  return [
    view("market", sizeOf(folder, all), all.length, marketBudget),
    view("style sheet", sizeOf(folder, css), css.length, cssBudget),
    ...Object.entries(pageBudgets).map(([name, budget]) => {
      const own = filesOf(metafile, [pageSource(name)]).filter((path) => !market.has(path));
      return view(`${name}, beside the market's`, sizeOf(folder, own), own.length, budget);
    }),
  ];
}

function pageSource(name: string): string {
  return `web/src/pages/${name}/${name}-page.tsx`;
}

function view(name: string, bytes: number, files: number, budget: number): FirstView {
  const kilobytes = bytes / 1000;
  const over = kilobytes > budget;
  const problem = over ? `${name} weighs ${kilobytes.toFixed(1)} kB of ${budget} kB` : null;
  return { name, kilobytes, files, problem };
}

function outputs(metafile: BuiltFiles): readonly string[] {
  return Object.keys(metafile.outputs);
}

/** The outputs of sources and whatever they import when they start. */
function filesOf(metafile: BuiltFiles, sources: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const add = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const each of metafile.outputs[path]?.imports ?? []) {
      if (each.kind === "import-statement") add(each.path);
    }
  };
  for (const source of sources) {
    const output = Object.entries(metafile.outputs).find(
      ([, { entryPoint }]) => entryPoint === source,
    );
    if (output === undefined) throw new Error(`${source} was not built as a file of its own`);
    add(output[0]);
  }
  return [...found];
}

function sizeOf(folder: string, paths: readonly string[]): number {
  return paths.reduce(
    (total, path) => total + sentBytes(join(folder, "assets", basename(path))),
    0,
  );
}

function sentBytes(path: string): number {
  return statSync(path.endsWith(".woff2") ? path : `${path}.br`).size;
}
