import { indexMembers, type IndexName } from "../../market/universe.ts";
import type { LocalName } from "../api/common.ts";

/** An index of the exchange. */
export interface MarketIndex {
  readonly index: string;
  readonly name: LocalName;
  /** Tickers under which feeds give its values, the likeliest first. */
  readonly symbols: readonly string[];
  /** Its list of members, where one is known. */
  readonly members: IndexName | null;
}

/** The exchange's indices, the first ones first. */
export const marketIndices: readonly MarketIndex[] = [
  {
    index: "EGX30",
    name: { en: "EGX 30", ar: "إي جي إكس 30" },
    symbols: ["EGX30", "CASE30"],
    members: "EGX30",
  },
  {
    index: "EGX70",
    name: { en: "EGX 70 EWI", ar: "إي جي إكس 70 متساوي الأوزان" },
    symbols: ["EGX70EWI", "EGX70"],
    members: "EGX70",
  },
  {
    index: "EGX100",
    name: { en: "EGX 100 EWI", ar: "إي جي إكس 100 متساوي الأوزان" },
    symbols: ["EGX100EWI", "EGX100"],
    members: "EGX100",
  },
  {
    index: "EGX33",
    name: { en: "EGX 33 Shariah", ar: "إي جي إكس 33 الشريعة" },
    symbols: ["SHARIAH", "EGX33"],
    members: "SHARIAH",
  },
];

const bySymbol = new Map(marketIndices.flatMap((it) => it.symbols.map((name) => [name, it])));

/** The index whose values a ticker is; null for shares and all others. */
export function indexOfSymbol(symbol: string): MarketIndex | null {
  return bySymbol.get(symbol) ?? null;
}

/** How many members an index has now; null when its list is not known. */
export function memberCount({ members }: MarketIndex): number | null {
  return members === null ? null : (indexMembers(members)?.symbols.length ?? null);
}
