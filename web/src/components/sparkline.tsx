import { linePath } from "../lib/line-path.ts";
import type { JSX } from "../view.ts";

/** A small line of numbers, oldest at the left in every language. `label` says what it shows. */
export function Sparkline({
  values,
  label,
  width = 96,
  height = 28,
  tone = "flat",
}: {
  readonly values: readonly number[];
  readonly label: string;
  readonly width?: number;
  readonly height?: number;
  readonly tone?: "up" | "down" | "flat";
}): JSX.Element {
  return (
    <svg
      class={`sparkline ${tone}`}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label={label}
    >
      <path d={linePath(values, width, height)} />
    </svg>
  );
}
