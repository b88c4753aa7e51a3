/** A view that a query may read, for completion. */
export interface EditorTable {
  readonly name: string;
  readonly columns: readonly string[];
}

export interface EditorOptions {
  readonly text: string;
  /** What the editor is called. */
  readonly label: string;
  readonly schema: readonly EditorTable[];
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
  readonly onCancel: () => void;
}

/** The editor, whichever it is: a plain field at first, one with colours when that is there. */
export interface EditorHandle {
  text(): string;
  /** Replaces the text. */
  setText(text: string): void;
  /** Puts text where the caret is. */
  insert(text: string): void;
  /** Marks the place of an error; null takes the mark away. */
  mark(offset: number | null): void;
  /** Puts the caret there. */
  goTo(offset: number): void;
  close(): void;
}

/** A plain text field as an editor. */
export function plainEditor(
  field: HTMLTextAreaElement,
  onChange: (text: string) => void,
): EditorHandle {
  const put = (text: string, from: number, to: number): void => {
    field.setRangeText(text, from, to, "end");
    onChange(field.value);
    field.focus();
  };
  return {
    text: () => field.value,
    setText: (text) => put(text, 0, field.value.length),
    insert: (text) => put(text, field.selectionStart, field.selectionEnd),
    mark: () => undefined,
    goTo: (offset) => {
      field.setSelectionRange(offset, offset);
      field.focus();
    },
    close: () => undefined,
  };
}
