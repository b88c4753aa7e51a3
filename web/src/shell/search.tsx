import { Icon } from "../components/icon.tsx";
import type { PageProps } from "../page.ts";
import { allSymbols } from "../lib/all-symbols.ts";
import { findSymbols, indexSymbols, type SymbolIndex } from "../lib/symbol-search.ts";
import type { SymbolSummary } from "../../../src/serve/api/symbols.ts";
import { useStore } from "../lib/use-store.ts";
import { addressOf } from "../router.ts";
import { useId, useMemo, useRef, useState, type JSX } from "../view.ts";

const resultsMax = 10;
const nothing = { text: "", at: 0 };

/** Finds a symbol by anything that it is called, in both scripts, by keyboard alone. */
export function Search({ api, i18n, live, go }: PageProps): JSX.Element {
  const t = i18n.t.shell;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [index, load] = useIndex(api, useStore(live.silverDigest));
  const [{ text, at }, setTyped] = useState(nothing);
  const [open, setOpen] = useState(false);
  const found = useFound(index, text);
  const leave = (): void => {
    setTyped(nothing);
    setOpen(false);
    input.current?.blur();
  };
  const choose = (symbol: SymbolSummary | undefined): void => {
    if (symbol === undefined) return;
    leave();
    go(addressOf("symbol", symbol.symbol));
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = stepOf(event.key);
    if (step !== 0) {
      event.preventDefault();
      setTyped({ text, at: (at + step + found.length) % Math.max(1, found.length) });
    } else if (event.key === "Enter") choose(found[at]);
    else if (event.key === "Escape") leave();
  };
  const enter = (): void => {
    setOpen(true);
    load();
  };
  const listed = open && text.trim() !== "" && index !== null;
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        ref={input}
        id="symbol-search"
        type="text"
        inputMode="search"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        placeholder={t.search}
        aria-label={`${t.search}: ${t.searchHint}`}
        aria-expanded={listed}
        aria-controls={`${id}-list`}
        aria-activedescendant={listed && found.length > 0 ? `${id}-${at}` : undefined}
        value={text}
        onFocus={enter}
        onBlur={() => setOpen(false)}
        onInput={(event) => setTyped({ text: event.currentTarget.value, at: 0 })}
        onKeyDown={onKey}
      />
      <kbd aria-hidden="true">/</kbd>
      <Results {...{ i18n, id, found, at }} hidden={!listed} onChoose={choose} />
    </div>
  );
}

function useFound(index: SymbolIndex | null, text: string): readonly SymbolSummary[] {
  return useMemo(() => (index === null ? [] : findSymbols(index, text, resultsMax)), [index, text]);
}

function stepOf(key: string): -1 | 0 | 1 {
  if (key === "ArrowDown") return 1;
  return key === "ArrowUp" ? -1 : 0;
}

/** The symbols, asked for when somebody begins to search: again when silver was built since then. */
function useIndex(
  api: PageProps["api"],
  digest: string | null,
): readonly [SymbolIndex | null, () => void] {
  const [index, setIndex] = useState<SymbolIndex | null>(null);
  const indexed = useRef<string | null>(null);
  const load = (): void => {
    if (index !== null && indexed.current === digest) return;
    allSymbols(api).then(
      (symbols) => {
        indexed.current = digest;
        setIndex(indexSymbols(symbols));
      },
      // It is asked again at the next focus.
      () => undefined,
    );
  };
  return [index, load];
}

function Results({
  i18n,
  id,
  found,
  at,
  hidden,
  onChoose,
}: {
  readonly i18n: PageProps["i18n"];
  readonly id: string;
  readonly found: readonly SymbolSummary[];
  readonly at: number;
  readonly hidden: boolean;
  readonly onChoose: (symbol: SymbolSummary) => void;
}): JSX.Element {
  const t = i18n.t.shell;
  return (
    <ul id={`${id}-list`} role="listbox" aria-label={t.search} hidden={hidden}>
      {found.map((symbol, place) => (
        <li
          key={symbol.symbol}
          id={`${id}-${place}`}
          role="option"
          aria-selected={place === at}
          onMouseDown={(event) => {
            event.preventDefault();
            onChoose(symbol);
          }}
        >
          <bdi dir="ltr" class="ticker">
            {symbol.symbol}
          </bdi>
          <span dir="auto">{i18n.name(symbol.name, symbol.symbol)}</span>
        </li>
      ))}
      {found.length === 0 && (
        <li role="option" aria-disabled="true" aria-selected={false} class="muted">
          {t.searchNothing}
        </li>
      )}
    </ul>
  );
}
