import { ApiError } from "../api.ts";
import type { I18n } from "../i18n/i18n.ts";
import { copyText } from "../lib/copy-text.ts";
import { useEffect, useId, useState, type ComponentChildren, type JSX } from "../view.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { Icon } from "./icon.tsx";
import { Num } from "./num.tsx";
import { Told } from "./told.tsx";

/** A titled part of a page. */
export function Panel({
  title,
  aside,
  children,
  class: name = "",
}: {
  readonly title: string;
  /** Controls beside the title. */
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
  readonly class?: string;
}): JSX.Element {
  const id = useId();
  return (
    <section class={`panel ${name}`} aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

const skeletonAfterMs = 150;
const stillLoadingAfterMs = 5000;

/** Nothing at first, then grey blocks of the final size, then a sentence. */
export function Loading({
  i18n,
  clock,
  height = 240,
}: {
  readonly i18n: I18n;
  readonly clock: Clock;
  readonly height?: number;
}): JSX.Element {
  const [stage, setStage] = useState(0);
  useEffect(() => {
    const ended = new AbortController();
    const wait = async (): Promise<void> => {
      await clock.sleep(skeletonAfterMs, ended.signal);
      setStage(1);
      await clock.sleep(stillLoadingAfterMs - skeletonAfterMs, ended.signal);
      setStage(2);
    };
    wait().catch(() => undefined);
    return () => ended.abort();
  }, [clock]);
  return (
    <div class="loading" style={{ minHeight: `${height}px` }} aria-busy="true" role="status">
      {stage > 0 && <div class="skeleton" style={{ height: `${height}px` }} />}
      {stage > 1 && <p class="muted">{i18n.t.shell.stillLoading}</p>}
    </div>
  );
}

/** That there is nothing, why, and the command that brings it. */
export function Empty({
  i18n,
  text,
  command,
}: {
  readonly i18n: I18n;
  readonly text: string;
  readonly command?: string;
}): JSX.Element {
  return (
    <div class="empty">
      <Icon name="empty" />
      <p>{text}</p>
      {command !== undefined && <CopyBox i18n={i18n} text={command} />}
    </div>
  );
}

/** A line of code that can be copied. */
export function CopyBox({
  i18n,
  text,
}: {
  readonly i18n: I18n;
  readonly text: string;
}): JSX.Element {
  return (
    <div class="copy-box" dir="ltr">
      <code>{text}</code>
      <CopyButton i18n={i18n} text={text} label={i18n.t.shell.copy} quiet />
    </div>
  );
}

function CopyButton({
  i18n,
  text,
  label,
  quiet = false,
}: {
  readonly i18n: I18n;
  readonly text: string;
  readonly label: string;
  readonly quiet?: boolean;
}): JSX.Element {
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      class={quiet ? "quiet" : undefined}
      onClick={() => void copyText(text).then(setCopied)}
    >
      <Icon name="copy" />
      <span lang={i18n.language}>{copied ? i18n.t.shell.copied : label}</span>
    </button>
  );
}

/** A failure of one panel; the others go on. */
export function Failure({
  i18n,
  error,
  onRetry,
}: {
  readonly i18n: I18n;
  readonly error: unknown;
  readonly onRetry?: () => void;
}): JSX.Element {
  const code = error instanceof ApiError ? error.code : "E_PAGE";
  const text = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiError ? (error.problem?.hint ?? "") : "";
  const unreachable = code === "E_UNREACHABLE";
  return (
    <div class="failure" role="alert">
      <p>
        <Icon name="warning" /> <strong>{i18n.t.shell.failed}</strong> <Num>{code}</Num>
      </p>
      {unreachable ? (
        <p>{i18n.t.shell.unreachable}</p>
      ) : (
        <div class="told-of">
          <Told i18n={i18n} code={code} text={hint === "" ? text : `${text} ${hint}`} />
        </div>
      )}
      <p class="failure-acts">
        {onRetry !== undefined && (
          <button type="button" onClick={onRetry}>
            {i18n.t.shell.retry}
          </button>
        )}
        <CopyButton
          i18n={i18n}
          text={`${code}: ${text}\n${hint}\n${location.href}`}
          label={i18n.t.shell.copyDetails}
        />
      </p>
    </div>
  );
}
