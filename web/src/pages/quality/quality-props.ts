import type { MatrixAnswer } from "../../../../src/serve/api/quality.ts";
import type { PageProps } from "../../page.ts";
import type { MatrixRow } from "./matrix-rows.ts";
import type { QualityChoice } from "./quality-choice.ts";

/** What every part of the page is given. */
export interface QualityProps extends PageProps {
  readonly choice: QualityChoice;
  readonly interval: MatrixAnswer["interval"];
  /** The date of the newest bars of the interval. */
  readonly newest: string;
  /** Changes choices in the address. */
  readonly choose: (changes: Readonly<Record<string, string | null>>) => void;
}

/** What the pictures of the matrix are drawn from. */
export interface MatrixScene extends QualityProps {
  readonly matrix: MatrixAnswer;
  readonly rows: readonly MatrixRow[];
  /** The session that runs; null while none does. */
  readonly running: string | null;
  /** Chooses a session of a symbol. */
  readonly open: (symbol: string, date: string) => void;
}

/** The chosen session of a symbol. */
export interface CellProps extends QualityProps {
  readonly symbol: string;
  readonly date: string;
}
