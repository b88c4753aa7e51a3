import { EgxError } from "../../base/errors.ts";
import { parseSymbol } from "../../market/symbol.ts";
import { trace as traceBar, type TraceAsked, type TracedRevision } from "../../quality/trace.ts";
import type { CommandRun } from "../command.ts";
import { checkConflicts, lakeAddress } from "../config/addresses.ts";
import type { TraceConfig } from "../config/schemas.ts";
import { askedTime } from "../config/values.ts";
import type { Channel } from "../output/console.ts";
import { cairoDateOf, cairoIsoOf } from "../../market/cairo-time.ts";
import { openLake, scratchFolder } from "../wiring.ts";

/** `egx trace SYMBOL DATETIME`: a bar's way back to the records that it came from. */
export const trace: CommandRun<TraceConfig> = async (config, context) => {
  const { origins, clock, out, args } = context;
  checkConflicts(origins);
  const asked = askedOf(args, config, clock.nowMs());
  await using open = new AsyncDisposableStack();
  const address = lakeAddress(config, origins);
  const lake = open.adopt(await openLake(address, context, "read"), (it) => it.close());
  const revisions = await traceBar({ lake, scratchFolder: scratchFolder(), clock }, asked);
  if (config.json) await out.write(`${JSON.stringify({ symbol: asked.symbol, revisions })}\n`);
  else await writeRevisions(out, asked.symbol, revisions);
  return revisions.every(({ proof }) => proof.digest === "as written") ? 0 : 1;
};

function askedOf(args: readonly string[], config: TraceConfig, nowMs: number): TraceAsked {
  const [symbol = "", text = ""] = args;
  const parsed = askedTime.safeParse(text);
  if (!parsed.success) {
    const why = parsed.error.issues[0]?.message ?? "is not understood";
    throw new EgxError("E_USAGE", `the bar's time ${why}`, { hint: "See egx trace --help." });
  }
  const time = parsed.data;
  const interval = config.interval === undefined ? {} : { interval: config.interval };
  const at =
    time.kind === "time"
      ? { startMs: time.epochMs }
      : { date: time.kind === "date" ? time.date.toString() : cairoDateOf(nowMs) };
  return { symbol: parseSymbol(symbol), at, ...interval };
}

async function writeRevisions(
  out: Channel,
  symbol: string,
  revisions: readonly TracedRevision[],
): Promise<void> {
  for (const revision of revisions) {
    const { interval, datetime, counts, final, source, adjusted, ingested, proof } = revision;
    const startMs = Temporal.Instant.from(datetime).epochMilliseconds;
    const { open, high, low, close, volume } = revision;
    const title = `${symbol} ${interval} ${cairoIsoOf(startMs)}`;
    const lines: readonly (readonly [string, string | null])[] = [
      ["", counts ? out.paint("green", "this is the row of bars") : "superseded"],
      ["prices", `${[open, high, low, close].map(shown).join(" ")}, volume ${shown(volume)}`],
      ["from", `${source} (${adjusted}), ${final ? "final" : "provisional"}`],
      ["received", ingested],
      ["object", proof.object],
      [proof.load === null ? "line" : "row", shown(proof.line)],
      ["offset", proof.offset],
      ["load", proof.load],
      ["entry", proof.entry],
      ["digest", painted(out, proof.digest)],
    ];
    const text = lines
      .filter(([, value]) => value !== null)
      .map(([label, value]) => `  ${label.padEnd(9)} ${value ?? ""}\n`)
      .join("");
    await out.write(`${out.paint("bold", title)}\n${text}`);
  }
}

function painted(out: Channel, digest: TracedRevision["proof"]["digest"]): string {
  return out.paint(digest === "as written" ? "green" : "red", digest);
}

function shown(value: number | null): string {
  return value === null ? "unknown" : String(value);
}
