import type { Lineage, TraceAnswer } from "../../../../src/serve/api/bars.ts";
import type { ApiInterval } from "../../../../src/serve/api/common.ts";
import { Chip } from "../../components/chip.tsx";
import { Num } from "../../components/num.tsx";
import { Failure, Loading, Panel } from "../../components/panel.tsx";
import { useAnswer } from "../../lib/use-answer.ts";
import type { PageProps } from "../../page.ts";
import type { JSX } from "../../view.ts";
import type { ShownBar } from "./slots.ts";

/** Where a bar came from: of each version the object, the line, the record, and whether it is whole. */
export function LineagePanel({
  api,
  i18n,
  clock,
  symbol,
  interval,
  bar,
  onClose,
}: PageProps & {
  readonly symbol: string;
  readonly interval: ApiInterval;
  readonly bar: ShownBar;
  readonly onClose: () => void;
}): JSX.Element {
  const t = i18n.t.symbol;
  const { answer, error, again } = useAnswer(
    async (signal) =>
      api.get<TraceAnswer>(
        `/symbols/${encodeURIComponent(symbol)}/trace`,
        { interval, time: bar.time },
        signal,
      ),
    `${symbol}|${interval}|${bar.time}|${bar.offset ?? ""}`,
  );
  const close = (
    <button type="button" class="quiet" onClick={onClose}>
      {i18n.t.shell.close}
    </button>
  );
  return (
    <Panel title={t.lineage} aside={close} class="lineage">
      <p>
        <bdi>{i18n.format.longDate(bar.date)}</bdi>{" "}
        <Num>{i18n.format.time(Date.parse(bar.time))}</Num>
      </p>
      {error !== null && <Failure i18n={i18n} error={error} onRetry={again} />}
      {answer === null && error === null && <Loading i18n={i18n} clock={clock} height={120} />}
      {answer?.versions.length === 0 && <p class="muted">{t.notYetStored}</p>}
      {answer?.versions.map((version) => (
        <Version
          key={`${version.offset ?? version.load}|${version.received}`}
          {...{ i18n, version }}
        />
      ))}
    </Panel>
  );
}

function Version({
  i18n,
  version,
}: {
  readonly i18n: PageProps["i18n"];
  readonly version: Lineage;
}): JSX.Element {
  const { t, format } = i18n;
  const whole = version.digest === "as written";
  const facts = [
    [t.symbol.close, format.price(version.close)],
    [t.symbol.received, format.dateTime(Date.parse(version.received))],
    [t.symbol.source, version.source],
    [t.symbol.object, version.object],
    [t.symbol.line, version.line === null ? null : format.integer(version.line)],
    [t.symbol.offset, version.offset],
    [t.symbol.load, version.load],
    [t.symbol.entry, version.entry],
  ] as const;
  return (
    <article class="version">
      <p>
        <Chip kind={whole ? "ok" : "down"}>{t.symbol.digests[version.digest]}</Chip>{" "}
        {version.counts && <Chip kind="closed">{t.symbol.counts}</Chip>}{" "}
        {!version.final && <Chip kind="delayed">{t.symbol.provisional}</Chip>}
      </p>
      <dl>
        {facts.map(
          ([name, value]) =>
            value !== null && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  <bdi dir="ltr" class="mono">
                    {value}
                  </bdi>
                </dd>
              </div>
            ),
        )}
      </dl>
      {version.text !== null && (
        <details>
          <summary>{t.symbol.storedText}</summary>
          <pre dir="ltr" tabIndex={0}>
            {version.text}
          </pre>
        </details>
      )}
    </article>
  );
}
