import type { ComponentChildren, JSX } from "../view.ts";

/** What a chip says by its shape and colour; its word says it too. */
export type ChipKind =
  | "ok"
  | "closed"
  | "delayed"
  | "warn"
  | "down"
  | "sim"
  | "unknown"
  | "revised";

/** A short word of state. */
export function Chip({
  kind,
  children,
  title,
}: {
  readonly kind: ChipKind;
  readonly children: ComponentChildren;
  readonly title?: string;
}): JSX.Element {
  return (
    <span class={`chip chip-${kind}`} title={title}>
      <span class="chip-mark" aria-hidden="true" />
      {children}
    </span>
  );
}
