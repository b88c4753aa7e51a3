import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

import { logContract } from "../contract/log.ts";
import { openLog } from "../support/log-folder.ts";

// One folder for all cases, as a broker would be.
const folder = mkdtempSync(join(tmpdir(), "egx-log-"));
after(() => rmSync(folder, { recursive: true, force: true }));

logContract("sqlite", {
  open: (t) => openLog(t, folder, { sweepEveryMs: 50 }),
  recordBytesMax: 1_048_576,
});
