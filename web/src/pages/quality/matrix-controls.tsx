import { Icon } from "../../components/icon.tsx";
import type { JSX } from "../../view.ts";
import { sectorsOf } from "./matrix-rows.ts";
import type { MatrixScene } from "./quality-props.ts";
import { filterNames, orderNames, rangeOf, shiftedTo } from "./quality-choice.ts";

/** Filters, order and range of the matrix. */
export function MatrixControls(scene: MatrixScene): JSX.Element {
  const { i18n, matrix, rows, choice, choose } = scene;
  const { t } = i18n;
  const sectors = sectorsOf(matrix.rows);
  return (
    <div class="matrix-controls">
      <RangeControls {...scene} />
      <label>
        <span>{t.quality.find}</span>
        <input
          type="search"
          value={choice.text}
          onInput={(event) => choose({ q: event.currentTarget.value })}
        />
      </label>
      <Select
        label={t.quality.show}
        value={choice.filter}
        options={filterNames.map((value) => ({ value, text: t.quality.filters[value] }))}
        onChoose={(show) => choose({ show })}
      />
      <Select
        label={t.quality.sector}
        value={choice.sector ?? ""}
        options={[
          { value: "", text: t.quality.allSectors },
          ...sectors.map((sector) => ({ value: sector.en, text: i18n.name(sector, sector.en) })),
        ]}
        onChoose={(sector) => choose({ sector })}
      />
      <Select
        label={t.quality.order}
        value={choice.order}
        options={orderNames.map((value) => ({ value, text: t.quality.orders[value] }))}
        onChoose={(order) => choose({ order })}
      />
      <span class="muted" role="status">
        {i18n.plural(t.quality.rowsShown, rows.length)}
      </span>
    </div>
  );
}

function RangeControls({ i18n, choice, choose, newest }: MatrixScene): JSX.Element {
  const { t, format } = i18n;
  const last = choice.to ?? newest;
  const { from, to } = rangeOf(choice.view, last);
  const shift = (step: -1 | 1) => (): void =>
    choose({ to: shiftedTo(choice.view, last, step, newest) });
  return (
    <div class="range-controls">
      <button type="button" onClick={shift(-1)} aria-label={t.quality.earlier}>
        <span class="points-back">
          <Icon name="next" mirrors />
        </span>
      </button>
      <span>
        {i18n.fill(t.quality.range, { from: format.mediumDate(from), to: format.mediumDate(to) })}
      </span>
      <button
        type="button"
        onClick={shift(1)}
        disabled={choice.to === null}
        aria-label={t.quality.later}
      >
        <Icon name="next" mirrors />
      </button>
    </div>
  );
}

function Select({
  label,
  value,
  options,
  onChoose,
}: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly text: string }[];
  readonly onChoose: (value: string) => void;
}): JSX.Element {
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.text}
          </option>
        ))}
      </select>
    </label>
  );
}
