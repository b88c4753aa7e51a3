import type { CertificateLine, CertificatesAnswer } from "../../../../src/serve/api/quality.ts";
import { Num } from "../../components/num.tsx";
import { CopyBox, Failure, Loading } from "../../components/panel.tsx";
import { Icon } from "../../components/icon.tsx";
import { useAnswer } from "../../lib/use-answer.ts";
import { useStore } from "../../lib/use-store.ts";
import type { JSX } from "../../view.ts";
import { backfillCommand, healCommand, traceCommand } from "./commands.ts";
import { Versions } from "./cell-versions.tsx";
import { defectText } from "./cell-text.ts";
import type { CellProps, QualityProps } from "./quality-props.ts";

/** All that is known of the chosen session. */
export function CellPanel(props: QualityProps): JSX.Element {
  const { i18n, choice } = props;
  const { symbol, date } = choice;
  return (
    <aside
      class={symbol === null || date === null ? "cell-panel" : "cell-panel chosen"}
      aria-label={i18n.t.quality.chosenCell}
    >
      {symbol === null || date === null ? (
        <p class="muted">{i18n.t.quality.nothingChosen}</p>
      ) : (
        <ChosenCell {...props} symbol={symbol} date={date} />
      )}
    </aside>
  );
}

function ChosenCell(props: CellProps): JSX.Element {
  const { api, i18n, live, clock, interval, symbol, date, choose } = props;
  const { t, format } = i18n;
  const digest = useStore(live.silverDigest);
  const { answer, error, again } = useAnswer(
    async (signal) =>
      api.get<CertificatesAnswer>(
        "/quality/certificates",
        { symbol, interval, from: date, to: date },
        signal,
      ),
    `${symbol} ${interval} ${date}`,
    [digest],
  );
  const certificate = answer?.certificates[0];
  return (
    <>
      <div class="cell-panel-head">
        <h3>
          <bdi dir="ltr">{symbol}</bdi> · {format.longDate(date)}
        </h3>
        <button
          type="button"
          class="quiet"
          aria-label={t.quality.close}
          onClick={() => choose({ date: null })}
        >
          <Icon name="close" />
        </button>
      </div>
      {answer === null && error !== null && <Failure i18n={i18n} error={error} onRetry={again} />}
      {answer === null && error === null && <Loading i18n={i18n} clock={clock} height={160} />}
      {answer !== null && certificate === undefined && <p>{t.quality.noCertificate}</p>}
      {certificate !== undefined && <Certificate {...props} certificate={certificate} />}
      {answer !== null && <Versions {...props} />}
      {answer !== null && <Commands {...props} />}
    </>
  );
}

const stateKeys = { complete: "c", degraded: "d", pending: "p", missing: "m" } as const;

function Certificate({
  certificate,
  ...props
}: CellProps & { readonly certificate: CertificateLine }): JSX.Element {
  const { i18n } = props;
  const { t, format } = i18n;
  const { state, stage, stored, expectation, share, waived, defects, holes } = certificate;
  const key = state === "complete" && stored === 0 ? "n" : stateKeys[state];
  const reasons = Object.entries(t.quality.waivedReasons);
  return (
    <>
      <p>
        <strong>{t.quality.states[waived === null ? key : "w"]}</strong>{" "}
        <span class="muted">({t.quality.stages[stage ?? "open"]})</span>
      </p>
      <StoredBars i18n={i18n} certificate={certificate} />
      <p class="muted">
        {i18n.fill(t.quality.expectations[expectation], { share: format.share(share, 0) })}
      </p>
      {waived !== null && <p>{reasons.find(([name]) => name === waived)?.[1] ?? waived}</p>}
      {defects.length > 0 && (
        <>
          <h4>{t.quality.found}</h4>
          <ul>
            {defects.map((name) => (
              <li key={name}>{defectText(i18n, name)}</li>
            ))}
          </ul>
        </>
      )}
      {holes.length > 0 && (
        <>
          <h4>{t.quality.holes}</h4>
          <ul>
            {holes.map((hole) => (
              <li key={hole}>
                <Num>{holeText(format, hole)}</Num>
              </li>
            ))}
          </ul>
        </>
      )}
      <Details i18n={i18n} certificate={certificate} />
    </>
  );
}

/** Two bars on one scale: what is expected, and what is there. */
function StoredBars({
  i18n,
  certificate: { expected, stored },
}: Pick<QualityProps, "i18n"> & { readonly certificate: CertificateLine }): JSX.Element {
  const { t } = i18n;
  const most = Math.max(1, expected, stored);
  const bar = (name: string, count: number, kind: string): JSX.Element => (
    <div class="stored-bar">
      <span>{name}</span>
      <span class="stored-track" aria-hidden="true">
        <span class={kind} style={{ inlineSize: `${(100 * count) / most}%` }} />
      </span>
      <span>{i18n.plural(t.quality.bars, count)}</span>
    </div>
  );
  return (
    <div class="stored-bars">
      {bar(t.quality.expected, expected, "track-expected")}
      {bar(t.quality.stored, stored, "track-stored")}
    </div>
  );
}

function Details({
  i18n,
  certificate,
}: Pick<QualityProps, "i18n"> & { readonly certificate: CertificateLine }): JSX.Element {
  const { t, format } = i18n;
  const { provisional, suspect, backfilled, certifiedAt, correctedAt } = certificate;
  const at = (instant: string | null): string =>
    format.dateTime(instant === null ? null : Date.parse(instant));
  const facts: readonly (readonly [string, string])[] = [
    [t.quality.provisional, format.integer(provisional)],
    [t.quality.suspect, format.integer(suspect)],
    [t.quality.backfilled, format.integer(backfilled)],
    [t.quality.firstLook, at(certifiedAt)],
    [t.quality.secondLook, at(correctedAt)],
  ];
  return (
    <>
      <dl class="fact-list">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Num>{value}</Num>
            </dd>
          </div>
        ))}
      </dl>
      <Proof title={t.quality.records} lines={certificate.offsets} />
      <Proof title={t.quality.objects} lines={certificate.objects} />
    </>
  );
}

function Proof({
  title,
  lines,
}: {
  readonly title: string;
  readonly lines: readonly string[];
}): JSX.Element | null {
  if (lines.length === 0) return null;
  return (
    <details>
      <summary>
        {title} (<Num>{String(lines.length)}</Num>)
      </summary>
      <ul class="proof" dir="ltr">
        {lines.map((line) => (
          <li key={line}>
            <code>{line}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Commands({ i18n, symbol, interval, date }: CellProps): JSX.Element {
  const { t } = i18n;
  const hole = { symbol, interval, from: date, to: date };
  return (
    <div class="commands">
      <h4>{t.quality.mend}</h4>
      <CopyBox i18n={i18n} text={healCommand(hole)} />
      <h4>{t.quality.reload}</h4>
      <CopyBox i18n={i18n} text={backfillCommand(hole)} />
      <h4>{t.quality.trace}</h4>
      <CopyBox i18n={i18n} text={traceCommand(hole)} />
      <p>
        <a href={`/symbol/${symbol}`}>{t.quality.toSymbol}</a>
      </p>
    </div>
  );
}

/** An ISO 8601 interval in UTC as Cairo's time of day: `10:15–10:42`. */
function holeText(format: QualityProps["i18n"]["format"], hole: string): string {
  const [from = "", to = ""] = hole.split("/");
  return `${format.time(Date.parse(from))}–${format.time(Date.parse(to))}`;
}
