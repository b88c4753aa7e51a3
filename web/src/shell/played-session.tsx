import { Chip } from "../components/chip.tsx";
import { Num } from "../components/num.tsx";
import type { playedKind } from "../lib/mode.ts";
import type { PageProps } from "../page.ts";
import { useEffect, useRef, type JSX } from "../view.ts";

type PlayedProps = Pick<PageProps, "i18n" | "live"> & {
  readonly kind: NonNullable<ReturnType<typeof playedKind>>;
};

/** A session that is played, and how far it has come; who shows it draws it anew as time goes. */
export function PlayedSession({ i18n, live, kind }: PlayedProps): JSX.Element {
  // A ref: several bars come a second, and the clock beside it ticks once.
  const heardMs = useRef<number | null>(null);
  useEffect(
    () =>
      live.onEvent((event) => {
        if (event.name !== "bar") return;
        heardMs.current = Math.max(heardMs.current ?? 0, Date.parse(event.data.received));
      }),
    [live],
  );
  return (
    <Chip kind="sim">
      {i18n.t.shell.played[kind]}
      {heardMs.current !== null && (
        <span class="chip-more">
          {" · "}
          <Num>{i18n.format.dateTime(heardMs.current)}</Num>
        </span>
      )}
    </Chip>
  );
}
