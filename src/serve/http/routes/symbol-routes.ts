import { EgxError } from "../../../base/errors.ts";
import { z } from "../../../base/schema.ts";
import { listings } from "../../../market/universe.ts";
import { symbolAnswer, symbolsAnswer } from "../../api/symbols.ts";
import type { Backend } from "../../backend.ts";
import { factsOfSymbol, findSymbols, heldSymbols, summaryOf } from "../../data/symbol-facts.ts";
import { limitInput, pageOf, skipInput, symbolInput, toggleInput } from "../inputs.ts";
import { noBody, nothing, route, type Route } from "../route.ts";

const listQuery = z.strictObject({
  search: z.string().max(100).optional().meta({
    description: "Ticker, ISIN, or words of a name or sector, in Arabic or English.",
  }),
  sector: z.string().max(100).optional().meta({ description: "The sector's English name." }),
  stored: toggleInput.default(false).meta({ description: "Only symbols that silver has bars of." }),
  limit: limitInput(100, 500),
  cursor: skipInput,
});

export function symbolRoutes(backend: Backend): readonly Route[] {
  return [symbolList(backend), symbolFacts(backend)];
}

function symbolList(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/symbols",
    tag: "Symbols",
    summary: "Symbols, found by ticker, ISIN, name or sector in both languages",
    params: nothing,
    query: listQuery,
    body: noBody,
    answer: symbolsAnswer,
    cached: true,
    handle: async ({ query: { search = "", sector, stored, limit, cursor } }) =>
      backend.silver.use(async (snapshot) => {
        const held = await heldSymbols(snapshot);
        const listed = stored ? [] : listings.filter((listing) => listing.listed);
        const found = findSymbols(search, held, listed)
          .filter((symbol) => !stored || held.has(symbol))
          .flatMap((symbol) => summaryOf(symbol, held.get(symbol)) ?? [])
          .filter((one) => sector === undefined || one.sector?.en === sector);
        const { page, next } = pageOf(found, cursor, limit);
        return { json: { mode: backend.mode(), symbols: [...page], next } };
      }),
  });
}

function symbolFacts(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/symbols/{symbol}",
    tag: "Symbols",
    summary: "What is known of a symbol, and which bars silver holds of it",
    params: z.strictObject({ symbol: symbolInput }),
    query: nothing,
    body: noBody,
    answer: symbolAnswer,
    cached: true,
    handle: async ({ params: { symbol } }) =>
      backend.silver.use(async (snapshot) => {
        const facts = factsOfSymbol(symbol, (await heldSymbols(snapshot)).get(symbol));
        if (facts === null) throw unknownSymbol(symbol);
        return { json: { mode: backend.mode(), ...facts } };
      }),
  });
}

/** For a ticker that neither silver nor the exchange's list has. */
export function unknownSymbol(symbol: string): EgxError {
  return new EgxError("E_HTTP_NOT_FOUND", `there is no symbol ${symbol}`, {
    hint: "Search: /api/v1/symbols?search=…",
  });
}
