// The YAML editor: CodeMirror 6, thin. Text in, text out, diagnostics in.
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { EditorState } from "@codemirror/state";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";

/** Mounts an editor in `parent`; `onChange(text)` is told of every change, `onApply()` of Ctrl+Enter. */
export function mount(parent, { doc = "", onChange = () => {}, onApply = () => {} } = {}) {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc,
      extensions: [
        lineNumbers(),
        history(),
        yaml(),
        keymap.of([{ key: "Mod-Enter", run: () => (onApply(), true) }, ...defaultKeymap, ...historyKeymap]),
        EditorView.updateListener.of((update) => update.docChanged && onChange(update.state.doc.toString())),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    setText: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}
