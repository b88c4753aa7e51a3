import type { JSX } from "../view.ts";

export interface Choice<T extends string> {
  readonly value: T;
  readonly text: string;
}

/** One choice of few, as a row of buttons that behave as radio buttons do. */
export function Choices<T extends string>({
  label,
  choices,
  value,
  onChoose,
}: {
  readonly label: string;
  readonly choices: readonly Choice<T>[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
}): JSX.Element {
  const move = (event: KeyboardEvent): void => {
    const step = stepOf(event);
    if (step === 0) return;
    event.preventDefault();
    const at = choices.findIndex((choice) => choice.value === value);
    const next = choices[(at + step + choices.length) % choices.length];
    if (next === undefined) return;
    onChoose(next.value);
    if (event.currentTarget instanceof HTMLElement) {
      event.currentTarget.querySelector<HTMLElement>(`[data-value="${next.value}"]`)?.focus();
    }
  };
  return (
    <div class="choices" role="radiogroup" aria-label={label} onKeyDown={move}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          role="radio"
          data-value={choice.value}
          aria-checked={choice.value === value}
          tabIndex={choice.value === value ? 0 : -1}
          onClick={() => onChoose(choice.value)}
        >
          {choice.text}
        </button>
      ))}
    </div>
  );
}

/** Arrows follow what is seen: in Arabic the next choice is at the left. */
function stepOf(event: KeyboardEvent): -1 | 0 | 1 {
  if (event.key === "ArrowDown") return 1;
  if (event.key === "ArrowUp") return -1;
  const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (event.key === forward) return 1;
  return event.key === "ArrowLeft" || event.key === "ArrowRight" ? -1 : 0;
}
