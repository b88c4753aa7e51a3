import type { ImportWishes } from "../loads/import-plan.ts";
import type { ImportConfig } from "./config/schemas.ts";

/** What the command line says of files whose bars are of `source`. */
export function wishesOf(config: ImportConfig, source: string): ImportWishes {
  const { map, interval, dateOrder, adjusted, currency, symbols, from, to } = config;
  return {
    source,
    map,
    currency,
    symbols,
    ...(adjusted === undefined ? {} : { adjusted }),
    ...(interval === undefined ? {} : { interval }),
    ...(dateOrder === undefined ? {} : { dateOrder }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}
