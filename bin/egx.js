#!/usr/bin/env node
// In a clone the sources run as they are; in an installed package there is only what was built.
import { existsSync } from "node:fs";

const source = new URL("../src/cli/main.ts", import.meta.url);
const built = new URL("../dist/cli/main.js", import.meta.url);
await import(existsSync(source) ? source.href : built.href);
