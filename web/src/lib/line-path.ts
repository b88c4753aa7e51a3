const padding = 2;

/** The SVG path of a line through values, drawn to fill a box; empty for fewer than two. */
export function linePath(values: readonly number[], width: number, height: number): string {
  if (values.length < 2) return "";
  const low = Math.min(...values);
  const high = Math.max(...values);
  const step = (width - 2 * padding) / (values.length - 1);
  const points = values.map((value, index) => {
    // A flat line runs through the middle.
    const share = high === low ? 0.5 : (value - low) / (high - low);
    const y = padding + (1 - share) * (height - 2 * padding);
    return `${round(padding + index * step)} ${round(y)}`;
  });
  return `M${points.join("L")}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
