import type { JSX } from "../view.ts";

const paths = {
  search: "M10.5 3a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15Zm5.5 13 5 5",
  up: "M12 19V5m-6 6 6-6 6 6",
  down: "M12 5v14m6-6-6 6-6-6",
  next: "M9 5l7 7-7 7",
  settings: "M4 7h10m4 0h2M4 17h2m4 0h10M14 4v6M10 14v6",
  close: "M5 5l14 14M19 5 5 19",
  warning: "M12 3 2 20h20L12 3Zm0 7v5m0 2.5v.5",
  empty: "M3 8h18v12H3V8Zm0 0 3-5h12l3 5M9 13h6",
  copy: "M8 8h12v13H8zM4 16V3h12",
  download: "M12 3v12m-5-5 5 5 5-5M4 21h16",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500Z",
} as const;

/** A small picture that says nothing by itself: a word stands beside it or in its control's label. */
export function Icon({
  name,
  mirrors = false,
}: {
  readonly name: keyof typeof paths;
  /** Whether it points in the reading direction. */
  readonly mirrors?: boolean;
}): JSX.Element {
  return (
    <svg class={mirrors ? "icon mirrors" : "icon"} viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
