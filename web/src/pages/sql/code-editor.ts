/** The one file that knows the editor library; loaded when the console is first seen. */
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import {
  bracketMatching,
  defaultHighlightStyle,
  HighlightStyle,
  syntaxHighlighting,
} from "@codemirror/language";
import { type Extension, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, keymap } from "@codemirror/view";
import type { EditorHandle, EditorOptions } from "./editor-handle.ts";

/** Inks of the page for those of the library's own style, which is made for white paper. */
const inks: Readonly<Record<string, string>> = {
  "#708": "var(--link)",
  "#a11": "var(--up)",
  "#e40": "var(--up)",
  "#164": "var(--warn)",
  "#219": "var(--warn)",
  "#940": "var(--muted)",
};

const inksOfPage = HighlightStyle.define(
  defaultHighlightStyle.specs.flatMap(({ tag, color }) => {
    const ink: unknown = typeof color === "string" ? inks[color] : undefined;
    return typeof ink === "string" ? [{ tag, color: ink }] : [];
  }),
);

const look = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--bg)", fontSize: "14px", minHeight: "100%" },
  "&.cm-focused": { outline: "3px solid var(--link)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--text)", padding: "10px" },
  ".cm-selectionBackground, ::selection": { backgroundColor: "var(--step-1)" },
  ".cm-matchingBracket": { backgroundColor: "var(--step-1)", color: "inherit" },
  ".cm-wrong": { textDecoration: "underline wavy var(--down)", textUnderlineOffset: "4px" },
  ".cm-tooltip": { backgroundColor: "var(--surface)", border: "1px solid var(--border)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", direction: "ltr" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--text)",
    color: "var(--bg)",
  },
});

const setWrong = StateEffect.define<number | null>();

/** The word at the place of an error, until the text changes. */
const wrong = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (before, transaction) => {
    const effect = transaction.effects.find((one) => one.is(setWrong));
    if (effect === undefined) return transaction.docChanged ? Decoration.none : before;
    const at: unknown = effect.value;
    if (typeof at !== "number") return Decoration.none;
    const { from, to } = transaction.state.wordAt(at) ?? { from: at, to: at + 1 };
    const end = Math.min(to, transaction.state.doc.length);
    return from < end
      ? Decoration.set([Decoration.mark({ class: "cm-wrong" }).range(from, end)])
      : Decoration.none;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/**
 * Text that is typed over a selection is put there by us: left to itself, the browser would keep
 * the colours of what it replaces as a style of the element, which the page's policy refuses.
 */
const typedOver = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { data, inputType } = event;
    const plain = inputType === "insertText" && data !== null && !view.composing;
    if (!plain || view.state.selection.main.empty) return false;
    event.preventDefault();
    view.dispatch(view.state.replaceSelection(data), {
      userEvent: "input.type",
      scrollIntoView: true,
    });
    return true;
  },
});

/**
 * Opens the editor in an element. It lives in a shadow tree: there its styles are sheets and no
 * style elements, which the page's policy refuses.
 */
export function openEditor(host: HTMLElement, options: EditorOptions): EditorHandle {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const view = new EditorView({ doc: options.text, parent: root, root, extensions: of(options) });
  return {
    text: () => view.state.doc.toString(),
    setText: (text) => {
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: text },
        selection: { anchor: text.length },
      });
      view.focus();
    },
    insert: (text) => {
      view.dispatch(view.state.replaceSelection(text));
      view.focus();
    },
    mark: (offset) => view.dispatch({ effects: setWrong.of(offset) }),
    goTo: (offset) => {
      const anchor = Math.min(offset, view.state.doc.length);
      view.dispatch({ selection: { anchor }, scrollIntoView: true });
      view.focus();
    },
    close: () => view.destroy(),
  };
}

function of({ label, schema, onChange, onRun, onCancel }: EditorOptions): Extension {
  const tables = Object.fromEntries(schema.map(({ name, columns }) => [name, [...columns]]));
  const runs = (act: () => void) => (): boolean => {
    act();
    return true;
  };
  return [
    // Tab is bound to nothing: it leaves the editor, as it leaves any field.
    keymap.of([
      { key: "Mod-Enter", run: runs(onRun), preventDefault: true },
      { key: "Mod-.", run: runs(onCancel), preventDefault: true },
      ...completionKeymap,
      ...defaultKeymap,
      ...historyKeymap,
    ]),
    history(),
    bracketMatching(),
    autocompletion(),
    sql({ dialect: PostgreSQL, schema: tables, upperCaseKeywords: true }),
    syntaxHighlighting(inksOfPage),
    look,
    wrong,
    typedOver,
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": label, dir: "ltr", spellcheck: "false" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString());
    }),
  ];
}
