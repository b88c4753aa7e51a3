import type { Quote } from "../../../../src/serve/api/market.ts";
import type { I18n } from "../../i18n/i18n.ts";
import { addressOf } from "../../router.ts";
import {
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type JSX,
  type RefObject,
} from "../../view.ts";
import {
  heatName,
  heatStep,
  isSmall,
  layOut,
  nearestTile,
  sectorHeadPx,
  tileText,
  type Tile,
  type TileMetric,
} from "./treemap.ts";

export interface HeatMapProps {
  readonly i18n: I18n;
  /** What the tiles show now. */
  readonly quotes: readonly Quote[];
  /** What they are laid out by: the last snapshot, so that tiles do not move under the pointer. */
  readonly laidOut: readonly Quote[];
  readonly metric: TileMetric;
}

/**
 * The market as tiles by sector. One stop of the Tab key: arrows go to the nearest tile, letters to
 * the ticker that begins with them, Enter opens.
 */
export function HeatMap({ i18n, quotes, laidOut, metric }: HeatMapProps): JSX.Element {
  const t = i18n.t.market;
  const place = useRef<HTMLDivElement>(null);
  const [width, height] = useSize(place);
  const map = useMemo(
    () => layOut(laidOut, metric, { width, height, rtl: i18n.dir === "rtl" }),
    [laidOut, metric, width, height, i18n.dir],
  );
  const tiles = useMemo(
    () => map.sectors.flatMap((sector) => sector.tiles).filter((tile) => !isSmall(tile)),
    [map],
  );
  const live = useMemo(() => new Map(quotes.map((quote) => [quote.symbol, quote])), [quotes]);
  const keys = useTileKeys(place, tiles);
  return (
    <>
      <div class="heat-map" ref={place} role="group" aria-label={t.heatmap} onKeyDown={keys.onKey}>
        {map.sectors.map((sector) => (
          <div key={sector.name?.en ?? ""}>
            {sector.width >= sectorNamePx && (
              <span
                class="sector-name"
                style={px({ ...sector, height: sectorHeadPx })}
                aria-hidden="true"
              >
                {i18n.name(sector.name, t.noSector)}
              </span>
            )}
            {sector.tiles.map((tile) => (
              <TileLink
                key={tile.quote.symbol}
                i18n={i18n}
                tile={tile}
                quote={live.get(tile.quote.symbol) ?? tile.quote}
                focusable={tile === keys.focusable}
                onFocus={() => keys.choose(tile.quote.symbol)}
              />
            ))}
          </div>
        ))}
      </div>
      <Legend i18n={i18n} />
      <Others i18n={i18n} quotes={map.others} />
    </>
  );
}

interface TileKeys {
  readonly focusable: Tile | undefined;
  readonly choose: (symbol: string) => void;
  readonly onKey: (event: KeyboardEvent) => void;
}

/** The one tile that the Tab key reaches, and how keys move it. */
function useTileKeys(place: RefObject<HTMLElement | null>, tiles: readonly Tile[]): TileKeys {
  const [chosen, setChosen] = useState<string | null>(null);
  const focusable = tiles.find(({ quote }) => quote.symbol === chosen) ?? tiles[0];
  const focus = (tile: Tile | null | undefined): void => {
    if (tile === null || tile === undefined) return;
    setChosen(tile.quote.symbol);
    place.current
      ?.querySelector<HTMLElement>(`[data-symbol="${CSS.escape(tile.quote.symbol)}"]`)
      ?.focus();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (focusable === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isArrow(event.key)) focus(nearestTile(tiles, focusable, event.key));
    else if (/^[A-Za-z]$/.test(event.key)) focus(byLetter(tiles, focusable, event.key));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return { focusable, choose: setChosen, onKey };
}

/** What is too small for a tile is not lost. */
function Others({
  i18n,
  quotes,
}: {
  readonly i18n: I18n;
  readonly quotes: readonly Quote[];
}): JSX.Element | null {
  if (quotes.length === 0) return null;
  return (
    <details class="others">
      <summary>{i18n.plural(i18n.t.market.others, quotes.length)}</summary>
      <p>
        {quotes.map(({ symbol }) => (
          <a key={symbol} class="other" href={addressOf("symbol", symbol)}>
            <bdi dir="ltr">{symbol}</bdi>
          </a>
        ))}
      </p>
    </details>
  );
}

function TileLink({
  i18n,
  tile,
  quote,
  focusable,
  onFocus,
}: {
  readonly i18n: I18n;
  readonly tile: Tile;
  readonly quote: Quote;
  readonly focusable: boolean;
  readonly onFocus: () => void;
}): JSX.Element {
  const { t, format } = i18n;
  const traded = quote.state === "traded";
  const change = format.change(quote.changeRatio === null ? null : quote.changeRatio * 100);
  const said = traded ? change : t.market.states[quote.state];
  const heat =
    traded && quote.changeRatio !== null
      ? `heat-${heatName(heatStep(quote.changeRatio))}`
      : "heat-none";
  if (isSmall(tile)) return <span class={`tile ${heat}`} style={px(tile)} aria-hidden="true" />;
  const shows = tileText(tile, quote.symbol, change);
  const label = [
    i18n.fill(t.market.tile, {
      name: i18n.name(quote.name, quote.symbol),
      symbol: quote.symbol,
      change: said,
    }),
    quote.limit === "up" ? t.market.limitUp : quote.limit === "down" ? t.market.limitDown : "",
  ].filter((text) => text !== "");
  return (
    <a
      class={`tile ${heat}${quote.limit === null ? "" : ` limit-${quote.limit}`}`}
      href={addressOf("symbol", quote.symbol)}
      style={{ ...px(tile), fontSize: `${shows.fontPx}px` }}
      data-symbol={quote.symbol}
      tabIndex={focusable ? 0 : -1}
      aria-label={label.join(t.quality.listSeparator)}
      title={`${quote.symbol} · ${i18n.name(quote.name, quote.symbol)} · ${said}`}
      onFocus={onFocus}
    >
      {shows.ticker && <span class="tile-ticker">{quote.symbol}</span>}{" "}
      {shows.change && traded && <span class="num tile-change">{change}</span>}
    </a>
  );
}

/** A narrower sector has no room for any of its name. */
const sectorNamePx = 48;
const steps = [-3, -2, -1, 0, 1, 2, 3];
/** Where each colour begins, seen from the middle. */
const bounds = ["≤ −5", "−2", "−0.25", "0", "+0.25", "+2", "≥ +5"];

/** The colours with their numbers; from minus at the left to plus in every language. */
function Legend({ i18n }: { readonly i18n: I18n }): JSX.Element {
  return (
    <div class="legend" role="img" aria-label={i18n.t.market.legend}>
      <span class="legend-steps" dir="ltr">
        {steps.map((step, place) => (
          <span key={step} class={`legend-step heat-${heatName(step)}`}>
            {bounds[place]}
          </span>
        ))}
      </span>
      <span class="muted">%</span>
      <span class="legend-step heat-none">{i18n.t.market.legendNoTrade}</span>
    </div>
  );
}

function px(box: {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}): Record<string, string> {
  return {
    left: `${box.x}px`,
    top: `${box.y}px`,
    width: `${box.width}px`,
    height: `${box.height}px`,
  };
}

function isArrow(key: string): key is "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" {
  return ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(key);
}

/** The next tile, in the order of the tickers, that begins with a letter. */
function byLetter(tiles: readonly Tile[], from: Tile, letter: string): Tile | undefined {
  const wanted = letter.toUpperCase();
  const matching = tiles
    .filter(({ quote }) => quote.symbol.startsWith(wanted))
    .toSorted((left, right) => (left.quote.symbol < right.quote.symbol ? -1 : 1));
  const after = matching.find(({ quote }) => quote.symbol > from.quote.symbol);
  return from.quote.symbol.startsWith(wanted) ? (after ?? matching[0]) : matching[0];
}

/** An element's size in whole pixels, followed as it changes. */
function useSize(element: RefObject<HTMLElement | null>): readonly [number, number] {
  const [size, setSize] = useState<readonly [number, number]>([0, 0]);
  useLayoutEffect(() => {
    const watched = element.current;
    if (watched === null) return undefined;
    const measure = (): void => {
      const next = [watched.clientWidth, watched.clientHeight] as const;
      setSize((now) => (now[0] === next[0] && now[1] === next[1] ? now : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(watched);
    return () => observer.disconnect();
  }, [element]);
  return size;
}
