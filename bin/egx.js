#!/usr/bin/env node
// In a clone the sources run as they are; in an installed package there is only what was built.
// This file is read by any Node, so that one that is too old is told in words.
import { existsSync } from "node:fs";
import process from "node:process";

const oldest = 26;

if (Number.parseInt(process.versions.node, 10) < oldest) {
  process.stderr.write(
    `error[E_CONFIG] egx needs Node ${oldest} or newer; this is ${process.version}\n` +
      `  hint: npm install node@${oldest} beside it, and npx egx runs on that one.\n`,
  );
  process.exit(78);
}
const source = new URL("../src/cli/main.ts", import.meta.url);
const built = new URL("../dist/cli/main.js", import.meta.url);
await import(existsSync(source) ? source.href : built.href);
