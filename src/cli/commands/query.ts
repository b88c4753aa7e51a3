import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { EgxError } from "../../base/errors.ts";
import { z } from "../../base/schema.ts";
import { openQuery, type Query } from "../../silver/query.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { checkConflicts, lakeAddress } from "../config/addresses.ts";
import type { QueryConfig } from "../config/schemas.ts";
import { writeFileWhole } from "../output/file-channel.ts";
import { writeQueryRows } from "../output/query-rows.ts";
import { count } from "../output/summary.ts";
import { openLake, scratchFolder } from "../wiring.ts";

/** `egx query "SQL"`: one SELECT over silver's views. */
export const query: CommandRun<QueryConfig> = async (config, context) => {
  const { origins, clock, out, err } = context;
  checkConflicts(origins);
  const format = config.format ?? (config.json ? "json" : "table");
  if (format === "parquet" && config.output === undefined && out.isTerminal) {
    throw new EgxError("E_USAGE", "Parquet is not for a terminal", {
      hint: "Give a file with --output bars.parquet, or a pipe.",
    });
  }
  const sql = await givenSql(context);
  const startedMs = clock.monotonicMs();
  await using open = new AsyncDisposableStack();
  const address = lakeAddress(config, origins);
  const lake = open.adopt(await openLake(address, context, "read"), (it) => it.close());
  const engine = open.use(
    await openQuery({
      lake,
      scratchFolder: scratchFolder(),
      clock,
      ...(config.asOf === undefined ? {} : { asOf: config.asOf }),
    }),
  );
  const rows = await answer({ engine, sql, format, output: config.output }, context);
  const ms = Math.round(clock.monotonicMs() - startedMs);
  if (config.logLevel !== "silent" && !config.json) {
    await err.write(`${count(rows)} ${rows === 1 ? "row" : "rows"}, ${count(ms)} ms\n`);
  }
  return 0;
};

interface Asked {
  readonly engine: Query;
  readonly sql: string;
  readonly format: "table" | "csv" | "json" | "parquet";
  readonly output: string | undefined;
}

/** Runs the query and writes its rows; tells their number. */
async function answer(
  { engine, sql, format, output }: Asked,
  context: CommandContext,
): Promise<number> {
  const { out, signal } = context;
  if (format === "parquet") {
    if (output !== undefined) return engine.writeParquet(sql, output, { signal });
    return pipeParquet({ engine, sql }, context);
  }
  const result = await engine.run(sql, { signal });
  if (output === undefined) return writeQueryRows(out, format, result);
  return writeFileWhole(output, (channel) => writeQueryRows(channel, format, result));
}

/** Parquet ends with its table of contents, so it is made whole before it is sent. */
async function pipeParquet(
  { engine, sql }: { readonly engine: Query; readonly sql: string },
  { out, signal }: CommandContext,
): Promise<number> {
  const folder = await mkdtemp(join(scratchFolder(), "egx-parquet-"));
  try {
    const file = join(folder, "rows.parquet");
    const rows = await engine.writeParquet(sql, file, { signal });
    for await (const chunk of createReadStream(file)) {
      await out.write(chunkSchema.parse(chunk));
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const chunkSchema = z.instanceof(Uint8Array);

/** The SQL of the command line, or of standard input when it is `-`. */
async function givenSql({ args }: CommandContext): Promise<string> {
  const [given = ""] = args;
  const sql = given === "-" ? await text(process.stdin) : given;
  if (sql.trim() !== "") return sql;
  throw new EgxError("E_USAGE", "the query is empty", {
    hint: 'Give one SELECT, such as "select * from bars limit 5".',
  });
}
