import type { JSX } from "../view.ts";

/**
 * A number, ticker or time: runs left to right whatever surrounds it, and is as wide as any other
 * of as many digits. `tone` colours a change; its sign says the same.
 */
export function Num({
  children,
  tone,
  title,
}: {
  readonly children: string;
  readonly tone?: Tone;
  readonly title?: string;
}): JSX.Element {
  return (
    <bdi dir="ltr" class={tone === undefined ? "num" : `num ${tone}`} title={title}>
      {children}
    </bdi>
  );
}

export type Tone = "up" | "down" | "flat";

/** The tone of a change; null is none. */
export function toneOf(change: number | null): Tone {
  if (change === null || change === 0) return "flat";
  return change > 0 ? "up" : "down";
}
