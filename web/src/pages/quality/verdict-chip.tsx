import { Chip, type ChipKind } from "../../components/chip.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import type { JSX } from "../../view.ts";
import type { Verdict } from "./limits.ts";

const kinds: Readonly<Record<Verdict, ChipKind>> = {
  met: "ok",
  missed: "warn",
  unknown: "unknown",
  "no-limit": "closed",
};

/** Whether a limit is kept, in a word. */
export function VerdictChip({
  i18n,
  verdict,
}: {
  readonly i18n: I18n;
  readonly verdict: Verdict;
}): JSX.Element {
  return <Chip kind={kinds[verdict]}>{i18n.t.quality.verdicts[verdict]}</Chip>;
}
