import type { ReplayAnswer, ReplayRequest } from "../../../../src/serve/api/pipeline.ts";
import { Failure, Loading } from "../../components/panel.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import { useAnswer } from "../../lib/use-answer.ts";
import type { PageProps } from "../../page.ts";
import { useState, type JSX } from "../../view.ts";
import { Modal } from "./modal.tsx";

/** What is to be replayed: one letter, those of a code, or all when both are null. */
export interface ReplayAsked {
  readonly id: string | null;
  readonly code: string | null;
}

interface ReplayProps extends PageProps {
  readonly asked: ReplayAsked;
  readonly onClose: () => void;
  /** Called when records were published. */
  readonly onDone: () => void;
}

/** Says what would be published again, and does it when that is confirmed. */
export function ReplayDialog({
  api,
  i18n,
  clock,
  asked,
  onClose,
  onDone,
}: ReplayProps): JSX.Element {
  const { t } = i18n;
  const [done, setDone] = useState<ReplayAnswer | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const [running, setRunning] = useState(false);
  const send = async (dryRun: boolean, signal?: AbortSignal): Promise<ReplayAnswer> =>
    api.post<ReplayAnswer>("/dead-letters/replay", requestOf(asked, dryRun), signal, "replay");
  const { answer, error, again } = useAnswer(
    async (signal) => send(true, signal),
    JSON.stringify(asked),
  );
  const replay = (): void => {
    setRunning(true);
    send(false)
      .then(setDone, setFailed)
      .finally(() => {
        setRunning(false);
        onDone();
      });
  };
  const problem: unknown = failed ?? error;
  const retry = (): void => {
    setFailed(null);
    again();
  };
  return (
    <Modal i18n={i18n} title={t.pipeline.replay} onClose={onClose}>
      {problem !== null && <Failure i18n={i18n} error={problem} onRetry={retry} />}
      {answer === null && problem === null && <Loading i18n={i18n} clock={clock} height={80} />}
      {done !== null && <Counts i18n={i18n} counts={done} />}
      {answer !== null && done === null && (
        <>
          <p>
            {answer.replayed === 0
              ? t.pipeline.nothingToReplay
              : i18n.plural(t.pipeline.confirm, answer.replayed)}
          </p>
          {answer.tooOften > 0 && <p>{i18n.plural(t.pipeline.tooOften, answer.tooOften)}</p>}
        </>
      )}
      <div class="modal-buttons">
        {answer !== null && answer.replayed > 0 && done === null && (
          <button type="button" class="primary" disabled={running} onClick={replay}>
            {t.pipeline.confirmYes}
          </button>
        )}
        <button type="button" onClick={onClose}>
          {done === null ? t.pipeline.confirmNo : t.shell.close}
        </button>
      </div>
    </Modal>
  );
}

function requestOf({ id, code }: ReplayAsked, dryRun: boolean): ReplayRequest {
  return {
    dryRun,
    ...(id === null ? {} : { id }),
    ...(code === null ? {} : { code }),
  };
}

function Counts({
  i18n,
  counts: { replayed, tooOften, closedMeanwhile },
}: {
  readonly i18n: I18n;
  readonly counts: ReplayAnswer;
}): JSX.Element {
  const { t } = i18n;
  return (
    <div role="status">
      <p>{i18n.plural(t.pipeline.replayed, replayed)}</p>
      {tooOften > 0 && <p>{i18n.plural(t.pipeline.tooOften, tooOften)}</p>}
      {closedMeanwhile > 0 && <p>{i18n.plural(t.pipeline.closedMeanwhile, closedMeanwhile)}</p>}
    </div>
  );
}
