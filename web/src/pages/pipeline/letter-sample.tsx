import type { DeadLetterAnswer } from "../../../../src/serve/api/pipeline.ts";
import { Failure, Loading } from "../../components/panel.tsx";
import { Told } from "../../components/told.tsx";
import { useAnswer } from "../../lib/use-answer.ts";
import type { PageProps } from "../../page.ts";
import type { JSX } from "../../view.ts";
import { Modal } from "./modal.tsx";

/** One dead letter as it came: its headers and its value. */
export function LetterSample({
  api,
  i18n,
  clock,
  id,
  onClose,
}: PageProps & { readonly id: string; readonly onClose: () => void }): JSX.Element {
  const { t } = i18n;
  const { answer, error, again } = useAnswer(
    async (signal) => api.get<DeadLetterAnswer>(`/dead-letters/${id}`, {}, signal),
    id,
  );
  return (
    <Modal i18n={i18n} title={i18n.fill(t.pipeline.sampleOf, { id })} onClose={onClose}>
      {answer === null && error !== null && <Failure i18n={i18n} error={error} onRetry={again} />}
      {answer === null && error === null && <Loading i18n={i18n} clock={clock} height={160} />}
      {answer !== null && (
        <>
          <div>
            <code>
              <bdi dir="ltr">{answer.code}</bdi>
            </code>{" "}
            <Told i18n={i18n} code={answer.code} text={answer.reason} />
          </div>
          <Value i18n={i18n} letter={answer} />
          <h3>{t.pipeline.headers}</h3>
          <dl class="fact-list headers" dir="ltr">
            {Object.entries(answer.headers).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </Modal>
  );
}

function Value({
  i18n,
  letter: { value, valueBytes },
}: Pick<PageProps, "i18n"> & { readonly letter: DeadLetterAnswer }): JSX.Element {
  const { t } = i18n;
  if (value === null) return <p>{t.pipeline.noValue}</p>;
  const isCut = valueBytes !== null && valueBytes > new TextEncoder().encode(value).length;
  return (
    <>
      {valueBytes !== null && (
        <p class="muted">
          {i18n.plural(t.pipeline.bytes, valueBytes)} {isCut && t.pipeline.cut}
        </p>
      )}
      <pre class="sample" dir="ltr" tabIndex={0} aria-label={t.pipeline.sample}>
        {value}
      </pre>
    </>
  );
}
