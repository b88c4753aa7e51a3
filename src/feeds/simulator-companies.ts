import { seededRandom } from "../base/random.ts";
import { simulatedUniverse, type SimulatedSymbol, symbolsDefault } from "./simulator-universe.ts";

/** A made-up company; its names say that it is simulated. */
export interface SimulatedCompany {
  readonly symbol: string;
  readonly nameEn: string;
  readonly nameAr: string;
  /** The English name of one of the exchange's sectors. */
  readonly sector: string;
  readonly listedShares: number;
}

/** The simulator's sectors: the exchange's name, and how companies of it are called, `…` by theirs. */
const sectors = [
  ["Banks", "… Bank", "بنك …"],
  ["Basic Resources", "… Minerals", "… للتعدين"],
  ["Health Care & Pharmaceuticals", "… Pharma", "… للأدوية"],
  ["Industrial Goods, Services and Automobiles", "… Industries", "… للصناعات"],
  ["Real Estate", "… Developments", "… للتطوير العقاري"],
  ["Travel & Leisure", "… Tourism", "… للسياحة"],
  ["Utilities", "… Utilities", "… للمرافق"],
  ["IT, Media & Communication Services", "… Telecom", "… للاتصالات"],
  ["Food, Beverages and Tobacco", "… Foods", "… للأغذية"],
  ["Energy & Support Services", "… Energy", "… للطاقة"],
  ["Trade & Distributors", "… Trading", "… للتجارة"],
  ["Building Materials", "… Cement", "… للأسمنت"],
] as const;

/** The letters that tickers are made of, and in the same order how Arabic writes them. */
const latinLetters = "ABDEFGHIKLMNOPRSTUZ";
const arabicLetters = "ابديفجهيكلمنوبرستوز";

/** Sessions in which all shares of a company change hands, but for what nobody trades. */
const sessionsToTurnOver = 250;
/** What is held for good, in pounds. */
const heldValue = 200_000_000;
const sharesStep = 1_000;

/** The companies behind the simulator's own listings; the same seed gives the same ones. */
export function simulatedCompanies(
  seed: number | string,
  count: number = symbolsDefault,
): readonly SimulatedCompany[] {
  return simulatedUniverse(String(seed), count).map((listing) => companyOf(String(seed), listing));
}

function companyOf(seed: string, listing: SimulatedSymbol): SimulatedCompany {
  const { symbol } = listing;
  const [sector, en, ar] = sectors[listing.sector] ?? sectors[0];
  const spoken = symbol.charAt(0) + symbol.slice(1).toLowerCase();
  const arabic = Array.from(symbol, (letter) =>
    arabicLetters.charAt(latinLetters.indexOf(letter)),
  ).join("");
  return {
    symbol,
    nameEn: `${en.replace("…", spoken)} (simulated)`,
    nameAr: `${ar.replace("…", arabic)} (محاكاة)`,
    sector,
    listedShares: sharesOf(seed, listing),
  };
}

/** In keeping with what is traded; drawn apart from the bars, which it does not change. */
function sharesOf(seed: string, { index, sharesPerDay, anchorPrice }: SimulatedSymbol): number {
  const share = 0.6 + 0.8 * seededRandom(`${seed}/company/${index}`).next();
  const shares = share * (sessionsToTurnOver * sharesPerDay + heldValue / anchorPrice);
  return Math.max(1, Math.round(shares / sharesStep)) * sharesStep;
}
