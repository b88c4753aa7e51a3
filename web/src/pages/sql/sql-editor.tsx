import type { I18n } from "../../i18n/i18n.ts";
import { useEffect, useRef, useState, type JSX } from "../../view.ts";
import { plainEditor, type EditorHandle, type EditorTable } from "./editor-handle.ts";

/** Screens as narrow as this keep the plain field: their keyboards know it best. */
const narrow = "(max-width: 640px)";

export interface SqlEditorProps {
  readonly i18n: I18n;
  readonly first: string;
  readonly schema: readonly EditorTable[] | null;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
  readonly onCancel: () => void;
  /** Told of the editor that is there now. */
  readonly onReady: (editor: EditorHandle) => void;
}

/**
 * Where the query is written: a plain field that works at once, and in its place an editor with
 * colours and completion when that has come. A failure to load it leaves the field as it is.
 */
export function SqlEditor(props: SqlEditorProps): JSX.Element {
  const { i18n, first } = props;
  const label = i18n.t.sql.editor;
  const field = useRef<HTMLTextAreaElement>(null);
  const host = useRef<HTMLDivElement>(null);
  const [rich, setRich] = useState(false);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    if (field.current === null) return;
    latest.current.onReady(plainEditor(field.current, (text) => latest.current.onChange(text)));
  }, []);
  useRichEditor({ host, field, latest, label, onOpen: () => setRich(true) });
  const press = (event: KeyboardEvent): void => {
    if (!event.ctrlKey && !event.metaKey) return;
    if (event.key === "Enter") {
      event.preventDefault();
      props.onRun();
    } else if (event.key === ".") {
      event.preventDefault();
      props.onCancel();
    }
  };
  return (
    <div class="sql-editor" dir="ltr">
      {!rich && (
        <textarea
          ref={field}
          class="mono"
          aria-label={label}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          defaultValue={first}
          onInput={(event) => props.onChange(event.currentTarget.value)}
          onKeyDown={press}
        />
      )}
      <div ref={host} class="sql-editor-host" hidden={!rich} />
    </div>
  );
}

interface RichEditor {
  readonly host: { readonly current: HTMLDivElement | null };
  readonly field: { readonly current: HTMLTextAreaElement | null };
  readonly latest: { readonly current: SqlEditorProps };
  readonly label: string;
  readonly onOpen: () => void;
}

/** Opens the editor with colours once the tables are known, in the language of the page. */
function useRichEditor({ host, field, latest, label, onOpen }: RichEditor): void {
  const { schema } = latest.current;
  const text = useRef<string | null>(null);
  useEffect(() => {
    if (schema === null || matchMedia(narrow).matches) return undefined;
    let wanted = true;
    let editor: EditorHandle | null = null;
    const open = async (): Promise<void> => {
      const { openEditor } = await import("./code-editor.ts");
      if (!wanted || host.current === null) return;
      const typed = text.current ?? field.current?.value ?? latest.current.first;
      const hadFocus = field.current !== null && document.activeElement === field.current;
      const caret = field.current?.selectionStart ?? typed.length;
      onOpen();
      editor = openEditor(host.current, {
        text: typed,
        label,
        schema,
        onChange: (changed) => latest.current.onChange(changed),
        onRun: () => latest.current.onRun(),
        onCancel: () => latest.current.onCancel(),
      });
      host.current.hidden = false;
      if (hadFocus) editor.goTo(caret);
      latest.current.onReady(editor);
    };
    open().catch(() => undefined);
    return () => {
      wanted = false;
      text.current = editor?.text() ?? null;
      editor?.close();
    };
  }, [schema, label]);
}
