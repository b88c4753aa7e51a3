/**
 * Builds the dashboard: `npm run build:web`, also by `npm ci`. `web/dist/` is replaced whole:
 *
 *     index.html          names the files below; for every address that is not a file
 *     assets/<name>-<hash>.{js,css,woff2}, assets/icon*.svg
 *
 * with `.br` and `.gz` beside each file that compresses. Each page is a chunk of its own. Fails
 * when a first view weighs more than its budget, or a pair of colours has too little contrast.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { globSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { contrastFailures } from "./web-contrast.ts";
import { firstViews } from "./web-budget.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const web = join(root, "web");
const dist = join(web, "dist");
const compressible = /\.(js|css|html|svg)$/;

// On the same disk as its place, so that putting it there is a rename.
mkdirSync(join(root, ".cache"), { recursive: true });
const made = mkdtempSync(join(root, ".cache", "web-"));
try {
  process.exitCode = (await main()) ? 0 : 1;
} finally {
  rmSync(made, { recursive: true, force: true });
}

async function main(): Promise<boolean> {
  const metafile = await bundle();
  writeFileSync(join(made, "index.html"), page(metafile));
  compress();
  const views = firstViews(made, metafile);
  for (const { name, kilobytes, files } of views) {
    console.log(`${name}: ${kilobytes.toFixed(1)} kB compressed in ${files} files`);
  }
  const problems = [
    ...views.flatMap(({ problem }) => problem ?? []),
    ...contrastFailures(readFileSync(join(web, "src", "styles", "theme.css"), "utf8")),
  ];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return false;
  rmSync(dist, { recursive: true, force: true });
  renameSync(made, dist);
  return true;
}

async function bundle(): Promise<Metafile> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: ["web/src/main.tsx", "web/src/boot.ts", "web/src/styles/main.css"],
    outdir: join(made, "assets"),
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["chrome109", "firefox115", "safari16.4"],
    minify: true,
    metafile: true,
    legalComments: "none",
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".woff2": "file" },
    jsx: "automatic",
    jsxImportSource: "preact",
    tsconfig: "web/tsconfig.json",
    logLevel: "warning",
  });
  return result.metafile;
}

/** The page with the names that its files got. */
function page(metafile: Metafile): string {
  const outputs = Object.entries(metafile.outputs);
  const built = (source: string): string => {
    const found = outputs.find(([, { entryPoint }]) => entryPoint === source);
    if (found === undefined) throw new Error(`${source} was not built`);
    return `/assets/${basename(found[0])}`;
  };
  for (const icon of ["icon.svg", "icon-simulated.svg"]) {
    writeFileSync(join(made, "assets", icon), readFileSync(join(web, "src", icon), "utf8"));
  }
  return readFileSync(join(web, "index.html"), "utf8")
    .replace(
      "<!-- build: styles -->",
      `<link rel="stylesheet" href="${built("web/src/styles/main.css")}" />`,
    )
    .replace(
      "<!-- build: scripts -->",
      `<script type="module" src="${built("web/src/boot.ts")}"></script>\n    ` +
        `<script type="module" src="${built("web/src/main.tsx")}"></script>`,
    );
}

/** Once and at the highest level, so that the server has nothing to do but send. */
function compress(): void {
  for (const path of globSync(join(made, "**", "*"))) {
    if (!compressible.test(path) || !existsSync(path)) continue;
    const content = readFileSync(path);
    const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
    writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
    if (process.argv.includes("--verbose")) console.log(relative(made, path), content.length);
  }
}
