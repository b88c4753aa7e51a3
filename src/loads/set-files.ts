import { EgxError, hasCode } from "../base/errors.ts";
import type { Interval } from "../market/interval.ts";
import { isSymbol } from "../market/symbol.ts";
import { listingOf } from "../market/universe.ts";
import type { BarTable } from "./bar-table.ts";
import { findColumns } from "./columns.ts";
import { openCsvTable } from "./csv-table.ts";
import type { DateOrder } from "./date-order.ts";
import { planImport, type ImportPlan, type ImportWishes } from "./import-plan.ts";
import type { ZipEntry } from "./zip-file.ts";

/** A file of a set, and how it is going to be read. */
export interface SetFile {
  /** As the set has it, with its folders. */
  readonly name: string;
  readonly sha256: string;
  readonly plan: ImportPlan;
  readonly rows: BarTable["rows"];
}

/** A file that is not taken, and why. */
export interface LeftOut {
  readonly file: string;
  readonly error: EgxError;
}

export interface SurveyedSet {
  readonly files: readonly SetFile[];
  readonly leftOut: readonly LeftOut[];
  /** Files of symbols that were not asked for. */
  readonly unwanted: number;
}

/** A file that leaves a question open, which the others may answer, and what it is without them. */
interface Open {
  readonly entry: ZipEntry;
  readonly alone: Looked;
}

type Looked = SetFile | "unwanted" | EgxError;

const nameSuffixes =
  /(?: historical data| stock price history| historical prices)?(?: ?\(\d+\))?$/i;

/**
 * Looks at every file of a set and works out how each is to be read. A file that does not show its
 * order of dates or its interval is read as all the others of the set are that do.
 */
export async function surveySet(
  entries: readonly ZipEntry[],
  wishes: ImportWishes,
): Promise<SurveyedSet> {
  const survey = new Survey();
  const open: Open[] = [];
  for (const entry of entries) {
    const looked = await lookAt(entry, wishes);
    if (isOpen(looked)) open.push({ entry, alone: looked });
    else survey.add(entry, looked);
  }
  const known = survey.wishes(
    wishes,
    open.flatMap(({ alone }) => (isFile(alone) ? [alone] : [])),
  );
  for (const { entry, alone } of open) {
    const looked = await lookAt(entry, known);
    survey.add(entry, looked instanceof EgxError ? alone : looked);
  }
  return survey;
}

class Survey implements SurveyedSet {
  readonly files: SetFile[] = [];
  readonly leftOut: LeftOut[] = [];
  unwanted = 0;

  add(entry: ZipEntry, looked: Looked): void {
    if (looked === "unwanted") this.unwanted += 1;
    else if (looked instanceof EgxError) this.leftOut.push({ file: entry.name, error: looked });
    else this.files.push(looked);
  }

  /**
   * The wishes, and what all files that are understood agree in. The single rows of `others` show
   * the order of their dates, and no interval.
   */
  wishes(wishes: ImportWishes, others: readonly SetFile[]): ImportWishes {
    const dated = [...this.files, ...others].map(({ plan }) => plan.dateOrder);
    const orders = new Set(dated.filter(isNumeric));
    const intervals = new Set(this.files.map(({ plan }) => plan.interval));
    const [dateOrder] = orders.size === 1 ? [...orders] : [];
    const [interval]: Interval[] = intervals.size === 1 ? [...intervals] : [];
    return {
      ...(dateOrder === undefined ? {} : { dateOrder }),
      ...(interval === undefined ? {} : { interval }),
      ...wishes,
    };
  }
}

/** Whether the dates are numbers whose order had to be worked out. */
function isNumeric(order: DateOrder): boolean {
  return order !== "ymd";
}

function isFile(looked: Looked): looked is SetFile {
  return looked !== "unwanted" && !(looked instanceof EgxError);
}

function isOpen(looked: Looked): boolean {
  if (looked === "unwanted") return false;
  if (isFile(looked)) return looked.plan.assumed;
  const { question } = looked.details;
  return question === "date-order" || question === "interval";
}

async function lookAt(entry: ZipEntry, wishes: ImportWishes): Promise<Looked> {
  const file = entry.name.slice(entry.name.lastIndexOf("/") + 1);
  try {
    const table = await openCsvTable({ file, bytes: () => entry.bytes() });
    const { columns } = findColumns(table.header, wishes.map, file);
    const symbol = columns.symbol === null ? symbolOfFile(file) : null;
    if (symbol !== null && wishes.symbols !== "all" && !wishes.symbols.includes(symbol)) {
      return "unwanted";
    }
    // A file that says nowhere whose bars it holds is nobody's, whoever was asked for.
    const named = symbol === null ? "all" : ([symbol] as const);
    const symbols = columns.symbol === null ? named : wishes.symbols;
    const plan = planImport(table, { ...wishes, symbols });
    return { name: entry.name, sha256: table.sha256, plan, rows: table.rows };
  } catch (error) {
    if (hasCode(error, "E_FILE_FORMAT", "E_USAGE")) return error;
    throw error;
  }
}

/**
 * The symbol that a file is named for: `COMI Historical Data.csv`, `COMI.CA.csv`, `EGX 30.csv`;
 * null for a name that is none.
 */
export function symbolOfFile(file: string): string | null {
  const stem = file.replace(/\.csv$/i, "").replace(nameSuffixes, "");
  const written = stem.replace(/\.CA$/i, "").replaceAll(" ", "");
  const symbol = written.toUpperCase();
  const known = written === symbol || listingOf(symbol) !== undefined;
  return known && isSymbol(symbol) ? symbol : null;
}
