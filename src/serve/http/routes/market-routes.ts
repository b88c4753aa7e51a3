import { z } from "../../../base/schema.ts";
import {
  indicesAnswer,
  moversAnswer,
  sectorsAnswer,
  snapshotAnswer,
  type MoversAnswer,
} from "../../api/market.ts";
import type { Backend } from "../../backend.ts";
import { indexLines, movers, sectorLines } from "../../data/market-lines.ts";
import { marketView, type MarketView } from "../../data/market-view.ts";
import { limitInput } from "../inputs.ts";
import { noBody, nothing, route, type Route } from "../route.ts";

export function marketRoutes(backend: Backend): readonly Route[] {
  return [
    snapshot(backend),
    moverList(backend),
    volumeLeaders(backend),
    indices(backend),
    sectors(backend),
  ];
}

function basis(backend: Backend, { session, interval }: MarketView): Basis {
  return { mode: backend.mode(), session, interval: interval?.code ?? null };
}

type Basis = Pick<MoversAnswer, "mode" | "session" | "interval">;

function snapshot(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/market/snapshot",
    tag: "Market",
    summary: "One row a symbol: last price, change and volume of the newest session",
    params: nothing,
    query: nothing,
    body: noBody,
    answer: snapshotAnswer,
    cached: true,
    handle: async () =>
      backend.silver.use(async (silver) => {
        const view = await marketView(silver);
        const { quotes, breadth, turnover } = view;
        const position = backend.position(silver.state);
        return {
          json: { ...basis(backend, view), quotes: [...quotes], breadth, turnover, position },
        };
      }),
  });
}

function moverList(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/market/movers",
    tag: "Market",
    summary: "The symbols that rose or fell most, or had the largest turnover",
    params: nothing,
    query: z.strictObject({
      by: z.enum(["gainers", "losers", "active"]).default("gainers"),
      limit: limitInput(10, 100),
    }),
    body: noBody,
    answer: moversAnswer,
    cached: true,
    handle: async ({ query: { by, limit } }) => ({ json: await moved(backend, by, limit) }),
  });
}

function volumeLeaders(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/market/volume-leaders",
    tag: "Market",
    summary: "The symbols of which the most shares were traded",
    params: nothing,
    query: z.strictObject({ limit: limitInput(10, 100) }),
    body: noBody,
    answer: moversAnswer,
    cached: true,
    handle: async ({ query: { limit } }) => ({ json: await moved(backend, "volume", limit) }),
  });
}

async function moved(
  backend: Backend,
  by: MoversAnswer["by"],
  limit: number,
): Promise<MoversAnswer> {
  return backend.silver.use(async (silver) => {
    const view = await marketView(silver);
    return { ...basis(backend, view), by, quotes: [...movers(view.quotes, by, limit)] };
  });
}

function indices(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/market/indices",
    tag: "Market",
    summary: "The exchange's indices, those that silver holds with their last closes",
    params: nothing,
    query: nothing,
    body: noBody,
    answer: indicesAnswer,
    cached: true,
    handle: async () =>
      backend.silver.use(async (silver) => {
        const lines = await indexLines(silver);
        return { json: { mode: backend.mode(), indices: [...lines] } };
      }),
  });
}

function sectors(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/market/sectors",
    tag: "Market",
    summary: "The sectors with their breadth, turnover and change",
    params: nothing,
    query: nothing,
    body: noBody,
    answer: sectorsAnswer,
    cached: true,
    handle: async () =>
      backend.silver.use(async (silver) => {
        const view = await marketView(silver);
        return { json: { ...basis(backend, view), sectors: [...sectorLines(view.quotes)] } };
      }),
  });
}
