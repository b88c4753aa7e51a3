import type { Clock } from "../../base/clock.ts";
import { EgxError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { retry } from "../../base/retry.ts";
import { bodyOf, unreachable } from "../http.ts";
import { Pace } from "../pace.ts";
import {
  listingRequest,
  namedRequest,
  parseScan,
  scanRefusal,
  type ScannedSymbol,
  type ScanPage,
} from "./scan.ts";

export interface ScannerOptions {
  /** Default {@link scannerUrl}. */
  readonly url?: string;
  readonly clock: Clock;
  readonly random: Random;
}

export interface ScannerAnswer {
  /** All that were listed, or answered when they were asked by name; by ticker. */
  readonly symbols: readonly ScannedSymbol[];
  /** Of the names that were given, those that neither is listed nor answers. */
  readonly gone: readonly string[];
  /** Of the names that were given, those of which nothing could be learned. */
  readonly unsure: readonly string[];
  /** What people should know of the list. */
  readonly notices: readonly string[];
}

/** A symbol of which it is known that it was there. */
export interface NamedSymbol {
  readonly symbol: string;
  readonly isin: string | null;
}

export const scannerUrl = "https://scanner.tradingview.com/egypt/scan";

const name = "the scanner";
/** Between two requests. More often, the scanner bars who asks. */
const gapMs = 10_000;
const requestTimeoutMs = 30_000;
const answerBytesMax = 16 * 1024 * 1024;
const attemptsMax = 3;
/** Without a range, 50 rows come back. */
const pageRows = 500;
/** A list that does not add up is read this often; then it is taken as it is. */
const passesMax = 3;
/** More symbols than the exchange will ever have. */
const symbolsMax = 5000;
const namesMax = 200;
/** Asked with names that are absent, to tell their silence from the scanner's. */
const controlSymbol = "COMI";

/**
 * All symbols of the exchange that the scanner beside the feed knows. Its list leaves out names
 * for hours or days, so those of `known` that are absent from it are asked for by name, together
 * with one that must answer.
 * @throws E_FEED_UNREACHABLE, E_FEED_BANNED, E_FEED_REFUSED, E_FEED_PROTOCOL; the signal's reason.
 */
export async function scanSymbols(
  known: readonly NamedSymbol[],
  options: ScannerOptions,
  signal: AbortSignal,
): Promise<ScannerAnswer> {
  const scanner = new Scanner(options, signal);
  const { listed, notices } = await scanner.list();
  const isins = new Set(listed.values().map(({ isin }) => isin));
  const absent = known.filter(
    ({ symbol, isin }) => !listed.has(symbol) && (isin === null || !isins.has(isin)),
  );
  const names = [...new Set(absent.map(({ symbol }) => symbol))];
  const asked = await scanner.askByName(names, listed);
  const symbols = [...listed.values(), ...asked.found].toSorted((one, other) =>
    one.symbol < other.symbol ? -1 : 1,
  );
  return { symbols, gone: asked.gone, unsure: asked.unsure, notices };
}

interface Listed {
  readonly listed: ReadonlyMap<string, ScannedSymbol>;
  readonly notices: readonly string[];
}

interface Asked {
  readonly found: readonly ScannedSymbol[];
  readonly gone: readonly string[];
  readonly unsure: readonly string[];
}

class Scanner {
  readonly #url: string;
  readonly #options: ScannerOptions;
  readonly #signal: AbortSignal;
  readonly #pace: Pace;

  constructor(options: ScannerOptions, signal: AbortSignal) {
    this.#url = options.url ?? scannerUrl;
    this.#options = options;
    this.#signal = signal;
    this.#pace = new Pace(options.clock, gapMs);
  }

  /** Reads the list, again while it does not have as many symbols as it says. */
  async list(): Promise<Listed> {
    const listed = new Map<string, ScannedSymbol>();
    let total = 0;
    for (let pass = 1; pass <= passesMax; pass += 1) {
      total = await this.#pages(listed);
      if (listed.size >= total) return { listed, notices: [] };
    }
    return {
      listed,
      notices: [`the scanner lists ${listed.size} symbols and says that there are ${total}`],
    };
  }

  /**
   * Asks for symbols that the list leaves out. Who does not answer beside a control that does is
   * gone; nothing is known of those whose control is silent.
   */
  async askByName(
    names: readonly string[],
    listed: ReadonlyMap<string, ScannedSymbol>,
  ): Promise<Asked> {
    const found: ScannedSymbol[] = [];
    const gone: string[] = [];
    const unsure: string[] = [];
    const control = listed.has(controlSymbol) ? controlSymbol : listed.keys().next().value;
    for (let from = 0; from < names.length; from += namesMax) {
      const part = names.slice(from, from + namesMax);
      const asked = control === undefined ? part : [control, ...part];
      const { symbols } = await this.#ask(namedRequest(asked));
      const answers = new Map(symbols.map((answer) => [answer.symbol, answer]));
      const isTrusted = control !== undefined && answers.has(control);
      for (const name of part) {
        const answer = answers.get(name);
        if (answer !== undefined) found.push(answer);
        else if (isTrusted) gone.push(name);
        else unsure.push(name);
      }
    }
    return { found, gone, unsure };
  }

  /** Reads the list once into `listed`; gives how many symbols of the exchange it should have. */
  async #pages(listed: Map<string, ScannedSymbol>): Promise<number> {
    let strangers = 0;
    for (let from = 0; ;) {
      const page = await this.#ask(listingRequest(from, from + pageRows));
      for (const symbol of page.symbols) listed.set(symbol.symbol, symbol);
      strangers += page.rows - page.symbols.length;
      from += page.rows;
      if (page.total > symbolsMax) {
        throw new EgxError("E_FEED_PROTOCOL", `the scanner lists ${page.total} symbols`);
      }
      if (page.rows === 0 || from >= page.total) return page.total - strangers;
    }
  }

  async #ask(body: string): Promise<ScanPage> {
    const { clock, random } = this.#options;
    return retry(
      async () => {
        await this.#pace.turn(this.#signal);
        return parseScan(await this.#post(body));
      },
      { clock, random, signal: this.#signal, attemptsMax },
    );
  }

  async #post(body: string): Promise<string> {
    const timeout = AbortSignal.timeout(requestTimeoutMs);
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        body,
        headers: {
          "content-type": "application/json",
          origin: "https://www.tradingview.com",
          referer: "https://www.tradingview.com/",
        },
        redirect: "error",
        signal: AbortSignal.any([this.#signal, timeout]),
      });
      const text = await bodyOf(response, name, answerBytesMax);
      if (response.status !== 200) throw scanRefusal(response.status, text);
      return text;
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof EgxError) throw error;
      const url = new URL(this.#url);
      throw unreachable(error, { name, url, timedOut: timeout.aborted });
    }
  }
}
