import { hierarchy, treemap, treemapSquarify } from "d3-hierarchy";
import type { LocalName } from "../../../../src/serve/api/common.ts";
import type { Quote } from "../../../../src/serve/api/market.ts";

/** What a tile's area stands for. */
export type TileMetric = "turnover" | "value" | "equal";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Tile extends Box {
  readonly quote: Quote;
}

export interface Sector extends Box {
  readonly name: LocalName | null;
  readonly tiles: readonly Tile[];
}

export interface Treemap {
  readonly sectors: readonly Sector[];
  /** Without a tile, or with one too small to be hit: they are listed beside the map. */
  readonly others: readonly Quote[];
}

/** A sector's heading is this high; lower sectors have none. */
export const sectorHeadPx = 20;
/** Below this, a tile is no target for a finger. */
const tileSideMin = 24;

interface Node {
  readonly quote?: Quote;
  readonly sector?: LocalName | null;
  readonly children?: readonly Node[];
}

/** The size of a symbol under a metric; null where it has none and cannot be drawn. */
export function tileSize(quote: Quote, metric: TileMetric): number | null {
  const size = metric === "equal" ? 1 : metric === "turnover" ? quote.turnover : quote.marketValue;
  return size === null || size <= 0 ? null : size;
}

/**
 * Lays symbols out by sector in a box. In a page that is read from right to left the greatest
 * stand at the right: the map begins where reading does.
 */
export function layOut(
  quotes: readonly Quote[],
  metric: TileMetric,
  box: { readonly width: number; readonly height: number; readonly rtl: boolean },
): Treemap {
  const sized = quotes.filter((quote) => tileSize(quote, metric) !== null);
  const sectors = layTiles(sized, metric, box);
  const small = sectors.flatMap(({ tiles }) => tiles.filter(isSmall)).map(quoteOf);
  return {
    sectors,
    others: [...small, ...quotes.filter((quote) => tileSize(quote, metric) === null)],
  };
}

function layTiles(
  quotes: readonly Quote[],
  metric: TileMetric,
  {
    width,
    height,
    rtl,
  }: { readonly width: number; readonly height: number; readonly rtl: boolean },
): readonly Sector[] {
  const groups = Map.groupBy(quotes, ({ sector }) => sector?.en ?? "");
  const children = Array.from(groups.values(), (members): Node => ({
    sector: members[0]?.sector ?? null,
    children: members.map((quote) => ({ quote })),
  }));
  const root = hierarchy<Node>({ children }, (node) => node.children)
    .sum(({ quote }) => (quote === undefined ? 0 : (tileSize(quote, metric) ?? 0)))
    .sort((left, right) => (right.value ?? 0) - (left.value ?? 0));
  const placed = treemap<Node>()
    .tile(treemapSquarify.ratio(1.3))
    .size([width, height])
    .paddingTop((node) => (node.depth === 1 ? sectorHeadPx : 0))
    .paddingInner(2)
    .round(true)(root);
  const boxOf = (node: Corners): Box => {
    // A box thinner than its paddings is given edges in the wrong order, and outside.
    const [left, right] = [node.x0, Math.min(width, Math.max(node.x0, node.x1))];
    const [top, bottom] = [node.y0, Math.min(height, Math.max(node.y0, node.y1))];
    return {
      x: rtl ? width - right : Math.min(left, right),
      y: Math.min(top, bottom),
      width: Math.max(0, right - left),
      height: Math.max(0, bottom - top),
    };
  };
  return (placed.children ?? []).map((sector): Sector => {
    const tiles = (sector.children ?? []).flatMap((leaf) => {
      const { quote } = leaf.data;
      return quote === undefined ? [] : [{ quote, ...boxOf(leaf) }];
    });
    return Object.assign(boxOf(sector), { name: sector.data.sector ?? null, tiles });
  });
}

interface Corners {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** Whether a tile is too small to be hit: it is drawn, and its symbol is among the others. */
export function isSmall({ width, height }: Box): boolean {
  return width < tileSideMin || height < tileSideMin;
}

function quoteOf({ quote }: Tile): Quote {
  return quote;
}

/** What of a tile's texts fits whole; a number is never cut. */
export function tileText(
  tile: Box,
  ticker: string,
  change: string,
): { readonly ticker: boolean; readonly change: boolean; readonly fontPx: number } {
  const fontPx = Math.max(12, Math.min(26, Math.round(Math.sqrt(tile.width * tile.height) / 6)));
  const lines = tile.height >= fontPx * 2.9 ? 2 : 1;
  const fits = (text: string, size: number): boolean => text.length * size * 0.64 + 8 <= tile.width;
  const tickerFits = tile.height >= fontPx * 1.5 && fits(ticker, fontPx);
  return {
    ticker: tickerFits,
    change: tickerFits && lines === 2 && fits(change, fontPx * 0.85),
    fontPx,
  };
}

/** The nearest tile in a direction, for the arrow keys; null at the edge. */
export function nearestTile(
  tiles: readonly Tile[],
  from: Tile,
  direction: "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown",
): Tile | null {
  const middle = ({ x, y, width, height }: Box): readonly [number, number] => [
    x + width / 2,
    y + height / 2,
  ];
  const [fromX, fromY] = middle(from);
  let best: Tile | null = null;
  let bestDistance = Infinity;
  for (const tile of tiles) {
    const [x, y] = middle(tile);
    const horizontal = direction === "ArrowLeft" || direction === "ArrowRight";
    const sign = direction === "ArrowLeft" || direction === "ArrowUp" ? -1 : 1;
    const along = sign * (horizontal ? x - fromX : y - fromY);
    if (tile === from || along <= 0) continue;
    const aside = Math.abs(horizontal ? y - fromY : x - fromX);
    const distance = along + 2 * aside;
    if (distance < bestDistance) [best, bestDistance] = [tile, distance];
  }
  return best;
}

/** The step of colour of a change, -3 to 3. `changeRatio` 0.0123 is +1.23 %. */
export function heatStep(changeRatio: number | null): number {
  if (changeRatio === null) return 0;
  const percent = Math.abs(changeRatio * 100);
  const step = percent < 0.25 ? 0 : percent < 2 ? 1 : percent < 5 ? 2 : 3;
  return step === 0 ? 0 : Math.sign(changeRatio) * step;
}

/** The style sheet's name of a step. */
export function heatName(step: number): string {
  if (step === 0) return "flat";
  return `${step > 0 ? "up" : "down"}-${Math.abs(step)}`;
}
