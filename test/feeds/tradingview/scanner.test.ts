import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { systemRandom } from "../../../src/base/random.ts";
import { z } from "../../../src/base/schema.ts";
import { listingRequest, parseScan } from "../../../src/feeds/tradingview/scan.ts";
import {
  scanSymbols,
  type NamedSymbol,
  type ScannerAnswer,
} from "../../../src/feeds/tradingview/scanner.ts";
import { JumpClock } from "../jump-clock.ts";
import { StandIn } from "../../support/tradingview/server.ts";
import type { ScannerRow } from "../../support/tradingview/scanner.ts";

const bodySchema = z.object({
  range: z.tuple([z.number(), z.number()]),
  sort: z.object({ sortBy: z.string() }),
  filter: z.array(z.object({ left: z.string() })),
  symbols: z.object({ tickers: z.array(z.string()) }),
});
type Body = z.output<typeof bodySchema>;

function row(
  symbol: string,
  more: Partial<ScannerRow> & { readonly isin?: string } = {},
): ScannerRow {
  const { isin, ...rest } = more;
  const values = {
    name: symbol,
    description: `${symbol} S.A.E.`,
    type: "stock",
    currency: "EGP",
    isin,
  };
  return { s: `EGX:${symbol}`, values, ...rest };
}

function rows(count: number): readonly ScannerRow[] {
  return Array.from({ length: count }, (_, place) => row(`S${String(place).padStart(3, "0")}`));
}

interface Scan {
  readonly clock: JumpClock;
  readonly scan: (known?: readonly (string | NamedSymbol)[]) => Promise<ScannerAnswer>;
}

function scanOf(url: string): Scan {
  const clock = new JumpClock();
  return {
    clock,
    scan: async (known = []) =>
      scanSymbols(
        known.map((name) => (typeof name === "string" ? { symbol: name, isin: null } : name)),
        { url, clock, random: systemRandom },
        AbortSignal.timeout(10_000),
      ),
  };
}

async function standIn(t: TestContext, scanner: readonly ScannerRow[]): Promise<Scan> {
  const server = await StandIn.start({ listings: [], scanner });
  t.after(async () => server.close());
  return scanOf(server.scannerUrl);
}

interface Reply {
  readonly status: number;
  readonly text: string;
}

/** A scanner that answers as it is told. */
async function scripted(
  t: TestContext,
  answer: (body: Body, nth: number) => Reply,
): Promise<Scan & { readonly bodies: Body[] }> {
  const bodies: Body[] = [];
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const body = bodySchema.parse(JSON.parse(text));
    bodies.push(body);
    const said = answer(body, bodies.length);
    response.writeHead(said.status).end(said.text);
  };
  const server = createServer((request, response) => void reply(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  t.after(() => server.close());
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  return { ...scanOf(`http://127.0.0.1:${port}/egypt/scan`), bodies };
}

function page(all: readonly ScannerRow[], { range: [from, to] }: Body, total = all.length): Reply {
  const names = ["name", "description", "type", "currency", "isin"];
  const data = all
    .slice(from, to)
    .map(({ s, values }) => ({ s, d: names.map((name) => values[name] ?? null) }));
  return { status: 200, text: JSON.stringify({ totalCount: total, data }) };
}

test("all pages are read, in an order that holds, and no faster than one in 10 s", async (t) => {
  const all = rows(1203);
  const { scan, clock, bodies } = await scripted(t, (body) => page(all, body));
  const { symbols, gone, notices } = await scan();
  assert.equal(symbols.length, 1203);
  assert.deepEqual([gone, notices], [[], []]);
  assert.deepEqual(
    bodies.map(({ range }) => range),
    [
      [0, 500],
      [500, 1000],
      [1000, 1500],
    ],
  );
  assert.ok(bodies.every(({ sort, filter }) => sort.sortBy === "name" && filter.length === 1));
  assert.ok(clock.sleptMs >= 20_000, `${clock.sleptMs} ms`);
});

test("pages shorter than what was asked are read on from where they end", async (t) => {
  const all = rows(120);
  const { scan } = await scripted(t, (body) =>
    page(
      all,
      { ...body, range: [body.range[0], Math.min(body.range[1], body.range[0] + 50)] },
      120,
    ),
  );
  assert.equal((await scan()).symbols.length, 120);
});

test("a list that leaves out rows is read again, and told when it goes on so", async (t) => {
  const all = rows(20);
  const mended = await scripted(t, (body, nth) =>
    page(nth === 1 ? all.slice(0, 18) : all, body, 20),
  );
  const whole = await mended.scan();
  assert.deepEqual([whole.symbols.length, whole.notices], [20, []]);
  const short = await scripted(t, (body) => page(all.slice(0, 18), body, 20));
  const { symbols, notices } = await short.scan();
  assert.equal(symbols.length, 18);
  assert.deepEqual(notices, ["the scanner lists 18 symbols and says that there are 20"]);
});

test("a name that the list leaves out is asked for; only who stays silent is gone", async (t) => {
  const { scan } = await standIn(t, [row("COMI"), row("EHDR", { isHidden: true }), row("ABUK")]);
  const { symbols, gone, unsure } = await scan(["COMI", "EHDR", "LEFT"]);
  assert.deepEqual(
    symbols.map(({ symbol }) => symbol),
    ["ABUK", "COMI", "EHDR"],
  );
  assert.deepEqual([gone, unsure], [["LEFT"], []]);
});

test("nobody is gone when the control does not answer either", async (t) => {
  const all = [row("COMI"), row("ABUK")];
  const { scan, bodies } = await scripted(t, (body) =>
    body.symbols.tickers.length > 0 ? page([], body) : page(all, body),
  );
  const { symbols, gone, unsure } = await scan(["COMI", "LEFT", "AWAY"]);
  assert.equal(symbols.length, 2);
  assert.deepEqual([gone, unsure], [[], ["LEFT", "AWAY"]]);
  assert.deepEqual(bodies.at(-1)?.symbols.tickers, ["EGX:COMI", "EGX:LEFT", "EGX:AWAY"]);
});

test("a symbol that has another ticker is not asked for: its ISIN is there", async (t) => {
  const isin = "EGS33061C010";
  const all = [row("COMI"), row("AIH", { isin })];
  const { scan, bodies } = await scripted(t, (body) => page(all, body));
  const { gone } = await scan([{ symbol: "AIHC", isin }]);
  assert.deepEqual([gone, bodies.length], [[], 1]);
});

test("a ticker that is an ISIN says the ISIN", async (t) => {
  const { scan } = await standIn(t, [row("COMI"), row("EGS60121C018")]);
  const [, keyed] = (await scan()).symbols;
  assert.deepEqual([keyed?.symbol, keyed?.isin], ["EGS60121C018", "EGS60121C018"]);
});

test("a column that is empty in every row is a fault, but for the ISIN", async (t) => {
  const all = rows(5).map(({ s, values }) => ({ s, values: { ...values, currency: null } }));
  const { scan, clock } = await scripted(t, (body) => page(all, body));
  await assert.rejects(scan(), { code: "E_FEED_PROTOCOL", message: /column currency is empty/ });
  assert.ok(clock.sleptMs >= 20_000, "it is asked three times, at the pace");
  const whole = parseScan(page(rows(5), body0).text);
  assert.ok(whole.symbols.every(({ isin }) => isin === null));
});

const body0 = bodySchema.parse(JSON.parse(listingRequest(0, 5)));

test("refusals have their codes; what may pass is tried again", async (t) => {
  const banned = await scripted(t, () => ({ status: 429, text: "slow down" }));
  await assert.rejects(banned.scan(), { code: "E_FEED_BANNED", retryable: false });
  assert.equal(banned.bodies.length, 1);
  const refused = await scripted(t, () => ({ status: 400, text: '{"error":"Unknown field"}' }));
  await assert.rejects(refused.scan(), { code: "E_FEED_REFUSED", message: /400: Unknown field/ });
  const page0 = await scripted(t, () => ({ status: 200, text: "<html>" }));
  await assert.rejects(page0.scan(), { code: "E_FEED_PROTOCOL" });
  const passing = await scripted(t, (body, nth) =>
    nth < 3 ? { status: 503, text: "" } : page(rows(2), body),
  );
  assert.equal((await passing.scan()).symbols.length, 2);
  const { scan } = scanOf("http://127.0.0.1:1/egypt/scan");
  await assert.rejects(scan(), { code: "E_FEED_UNREACHABLE", message: /ECONNREFUSED|bad port/ });
});

test("who stops waiting is let go", async () => {
  const options = { url: "http://127.0.0.1:1/", clock: new JumpClock(), random: systemRandom };
  const reason = new Error("enough");
  await assert.rejects(scanSymbols([], options, AbortSignal.abort(reason)), reason);
});
