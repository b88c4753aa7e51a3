import { placeAfter, type GridSize, type Place } from "./matrix-geometry.ts";

/** What a key of a grid does. */
export interface GridActs {
  readonly open: (place: Place) => void;
  readonly go: (place: Place) => void;
}

/** Moves from a place, or opens it; keys that are none of a grid's do what they always do. */
export function pressInGrid(
  event: KeyboardEvent,
  from: Place,
  size: GridSize,
  { open, go }: GridActs,
): void {
  const { key } = event;
  const opens = key === "Enter" || key === " ";
  const to = opens ? from : placeAfter(from, { key, ctrl: event.ctrlKey || event.metaKey }, size);
  if (to === null) return;
  event.preventDefault();
  if (opens) open(to);
  else go(to);
}
