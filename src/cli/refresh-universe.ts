import { isSymbol } from "../market/symbol.ts";
import { instantNow } from "../base/clock.ts";
import { scanSymbols } from "../feeds/tradingview/scanner.ts";
import {
  lastChanges,
  releasedSymbols,
  universeAfter,
  type KnownUniverse,
  type SymbolChange,
  type SymbolChangeKind,
} from "../market/known-universe.ts";
import type { CommandContext } from "./command.ts";
import type { SymbolsConfig } from "./config/schemas.ts";
import { count } from "./output/summary.ts";
import { readUniverse, writeUniverse } from "./universe-file.ts";

const changeWords: Readonly<Record<SymbolChangeKind, string>> = {
  new: "new",
  gone: "gone",
  renamed: "renamed",
  currency: "with another currency",
};

export type RefreshConfig = Pick<SymbolsConfig, "tradingviewScannerUrl" | "json" | "logLevel">;

/**
 * Asks the feed for its symbols, holds them against those of last time, and keeps both what there
 * is and what has changed in the data folder. When the feed cannot be asked, what is kept stays.
 * @throws the codes of `scanSymbols`; E_CONFIG when the folder cannot be read or written.
 */
export async function refreshUniverse(
  { tradingviewScannerUrl: url, json, logLevel }: RefreshConfig,
  { clock, random, signal, err }: Pick<CommandContext, "clock" | "random" | "signal" | "err">,
  folder: string,
): Promise<KnownUniverse> {
  const before = await readUniverse(folder);
  const isTold = !json && logLevel !== "silent";
  if (isTold) await err.write("asking the feed for its symbols, one request in 10 s\n");
  const options = { clock, random, ...(url === undefined ? {} : { url }) };
  const answer = await scanSymbols(before?.symbols ?? releasedSymbols(), options, signal);
  const strange = answer.symbols.filter(({ symbol }) => !isSymbol(symbol));
  const universe = universeAfter(before, {
    refreshed: instantNow(clock).toString({ smallestUnit: "millisecond" }),
    source: "tradingview",
    symbols: answer.symbols.filter(({ symbol }) => isSymbol(symbol)),
    unsure: answer.unsure,
  });
  await writeUniverse(folder, universe);
  if (!isTold) return universe;
  const notices = [...answer.notices];
  if (strange.length > 0) {
    const [first] = strange;
    notices.push(`${count(strange.length)} left out: ${first?.symbol ?? ""} is no ticker`);
  }
  if (answer.unsure.length > 0) {
    notices.push(
      `${count(answer.unsure.length)} kept: the feed did not answer for them, nor for a control`,
    );
  }
  for (const notice of notices) await err.write(`${notice}\n`);
  await err.write(`${found(universe, before)}\n`);
  return universe;
}

/** What the last look at the feed's symbols found, in one line. */
export function found(universe: KnownUniverse, before: KnownUniverse | null): string {
  const changes = lastChanges(universe);
  const since =
    before === null ? "against this release's list" : `since ${before.refreshed.slice(0, 10)}`;
  return `the feed has ${count(universe.symbols.length)} symbols; ${since}: ${counted(changes)}`;
}

function counted(changes: readonly SymbolChange[]): string {
  const parts = Object.entries(changeWords).flatMap(([kind, words]) => {
    const of = changes.filter((change) => change.kind === kind).length;
    return of === 0 ? [] : [`${count(of)} ${words}`];
  });
  return parts.length === 0 ? "no changes" : parts.join(", ");
}
