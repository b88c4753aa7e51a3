import type { DeadLettersAnswer } from "../../../../src/serve/api/pipeline.ts";
import { CopyBox, Failure, Loading, Panel } from "../../components/panel.tsx";
import { Choices } from "../../components/tabs.tsx";
import { Table } from "../../components/table.tsx";
import { errorText } from "../../i18n/error-text.ts";
import { useAnswer } from "../../lib/use-answer.ts";
import { useStore } from "../../lib/use-store.ts";
import type { PageProps } from "../../page.ts";
import { useEffect, useMemo, useState, type JSX } from "../../view.ts";
import { letterColumns } from "./letter-columns.tsx";
import { LetterSample } from "./letter-sample.tsx";
import { ReplayDialog, type ReplayAsked } from "./replay-dialog.tsx";

const which = ["open", "all"] as const;

interface LettersProps extends PageProps {
  /** How many are open, as the pipeline tells; the list is asked for again when that changes. */
  readonly open: number | null;
}

/** Records that were no valid bars: why, what they were, and how they are tried again. */
export function LettersPanel({ open, ...props }: LettersProps): JSX.Element {
  const { api, i18n, clock } = props;
  const { t } = i18n;
  const [state, setState] = useState<(typeof which)[number]>("open");
  const [code, setCode] = useState("");
  const { answer, error, again } = useAnswer(
    async (signal) =>
      api.get<DeadLettersAnswer>(
        "/dead-letters",
        { state, code: code === "" ? null : code, limit: 500 },
        signal,
      ),
    `${state} ${code}`,
    [open],
  );
  useScrollHere("dead-letters");
  return (
    <div id="dead-letters">
      <Panel
        title={t.pipeline.letters}
        aside={
          <Choices
            label={t.pipeline.lettersWhich}
            choices={which.map((value) => ({ value, text: t.pipeline.letterStates[value] }))}
            value={state}
            onChoose={setState}
          />
        }
      >
        <p class="muted">{t.pipeline.lettersLead}</p>
        {answer === null && error !== null && <Failure i18n={i18n} error={error} onRetry={again} />}
        {answer === null && error === null && <Loading i18n={i18n} clock={clock} />}
        {answer !== null && (
          <Letters
            {...props}
            answer={answer}
            all={state === "all"}
            code={code}
            onCode={setCode}
            again={again}
          />
        )}
      </Panel>
    </div>
  );
}

interface ListProps extends PageProps {
  readonly answer: DeadLettersAnswer;
  readonly all: boolean;
  /** The code that is shown alone; empty for all. */
  readonly code: string;
  readonly onCode: (code: string) => void;
  readonly again: () => void;
}

function Letters(props: ListProps): JSX.Element {
  const { i18n, live, answer, all, code, onCode, again } = props;
  const { t } = i18n;
  const canReplay = useStore(live.status)?.can.replay === true;
  const [sample, setSample] = useState<string | null>(null);
  const [asked, setAsked] = useState<ReplayAsked | null>(null);
  const columns = useMemo(
    () => letterColumns(i18n, { show: setSample, replay: canReplay ? setAsked : null }),
    [i18n, canReplay],
  );
  const openShown = code === "" ? answer.open : (answer.byCode[code] ?? 0);
  return (
    <>
      <div class="matrix-controls">
        <span>{i18n.plural(t.pipeline.lettersOpen, answer.open)}</span>
        <span class="muted">{i18n.plural(t.pipeline.lettersClosed, answer.closed)}</span>
        <Codes i18n={i18n} byCode={answer.byCode} code={code} onCode={onCode} />
        {canReplay && openShown > 0 && (
          <button
            type="button"
            onClick={() => setAsked({ id: null, code: code === "" ? null : code })}
          >
            {code === "" ? t.pipeline.replayAll : i18n.fill(t.pipeline.replayCode, { code })}
          </button>
        )}
      </div>
      {!canReplay && answer.open > 0 && (
        <div>
          <p class="muted">
            {t.pipeline.replayNot} {t.pipeline.replayCommand}
          </p>
          <CopyBox i18n={i18n} text="egx dlq replay" />
        </div>
      )}
      {answer.letters.length === 0 ? (
        <p>{all ? t.pipeline.noLettersAll : t.pipeline.noLetters}</p>
      ) : (
        <Table
          i18n={i18n}
          caption={t.pipeline.letters}
          columns={columns}
          rows={answer.letters}
          keyOf={({ id }) => id}
        />
      )}
      {sample !== null && <LetterSample {...props} id={sample} onClose={() => setSample(null)} />}
      {asked !== null && (
        <ReplayDialog {...props} asked={asked} onClose={() => setAsked(null)} onDone={again} />
      )}
    </>
  );
}

function Codes({
  i18n,
  byCode,
  code,
  onCode,
}: Pick<ListProps, "i18n" | "code" | "onCode"> & {
  readonly byCode: Readonly<Record<string, number>>;
}): JSX.Element | null {
  const { t, format } = i18n;
  const codes = Object.entries(byCode).toSorted(([, left], [, right]) => right - left);
  if (codes.length === 0) return null;
  return (
    <label>
      <span>{t.pipeline.reason}</span>
      <select value={code} onChange={(event) => onCode(event.currentTarget.value)}>
        <option value="">{t.pipeline.allCodes}</option>
        {codes.map(([name, count]) => (
          <option key={name} value={name} selected={name === code}>
            {`${errorText(i18n, name) ?? name} (${format.integer(count)})`}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Links of other pages lead to this part, which was not there when the browser looked for it. */
function useScrollHere(id: string): void {
  useEffect(() => {
    if (location.hash === `#${id}`) document.querySelector(`#${id}`)?.scrollIntoView();
  }, []);
}
