import { Icon } from "../components/icon.tsx";
import { errorText } from "../i18n/error-text.ts";
import { useStore } from "../lib/use-store.ts";
import type { PageProps } from "../page.ts";
import type { JSX } from "../view.ts";

/** What keeps the page from being up to date: the server, or the feed. Each says which. */
export function AlertBars({ i18n, live }: PageProps): JSX.Element {
  const { t, format } = i18n;
  const status = useStore(live.status);
  const connected = useStore(live.connected);
  const down = status?.feedDown ?? null;
  return (
    <div class="bars" role="status">
      {connected === false && (
        <p class="bar bar-disconnected">
          <Icon name="warning" /> <strong>{t.shell.disconnected}.</strong>{" "}
          {status === null
            ? t.shell.unreachable
            : i18n.fill(t.shell.disconnectedText, {
                time: format.time(Date.parse(status.serverTime), true),
              })}
        </p>
      )}
      {down !== null && (
        <p class="bar bar-down">
          <Icon name="warning" />{" "}
          <strong>
            {i18n.fill(t.shell.feedDown, { time: format.time(Date.parse(down.since)) })}.
          </strong>{" "}
          {i18n.fill(t.shell.feedDownText, {
            why: errorText(i18n, down.code) ?? down.text,
            code: down.code,
          })}{" "}
          {down.nextRetry !== null &&
            i18n.fill(t.shell.nextRetry, {
              time: format.time(Date.parse(down.nextRetry), true),
            })}{" "}
          <a href="/pipeline">{t.shell.toPipeline}</a>
        </p>
      )}
    </div>
  );
}
