// The editor: CodeMirror 6 behind a few verbs. Text in, text out, diagnostics in; it knows nothing of files or clusters.
//
// Offsets are UTF-16 on both sides. The document is never replaced while a syllable is being composed.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import {
  bracketMatching, codeFolding, foldGutter, foldKeymap, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap, searchPanelOpen } from "@codemirror/search";
import { Compartment, EditorState, Prec, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration, drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers,
  rectangularSelection, WidgetType,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

const COMPOSING_RETRY_MILLIS = 100;

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--c-key)" },
  { tag: tags.definition(tags.propertyName), color: "var(--c-key)" },
  { tag: [tags.string, tags.content], color: "var(--c-str)" },
  { tag: [tags.number, tags.bool, tags.keyword], color: "var(--c-num)" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "var(--c-punct)" },
  { tag: tags.comment, color: "var(--c-ghost)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--sunken)", color: "var(--c-str)", fontSize: "var(--t-13)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.55" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--ink-3)", border: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--raised)" },
  ".cm-activeLineGutter": { color: "var(--ink)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection": { backgroundColor: "var(--selection) !important" },
  ".cm-foldPlaceholder": { backgroundColor: "transparent", border: "1px solid var(--line-strong)", color: "var(--ink-3)" },
  ".cm-matchingBracket": { backgroundColor: "transparent !important", outline: "1px solid var(--ctl-line)" },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)", color: "var(--ink)", border: "1px solid var(--line-strong)", borderRadius: "var(--r-ctl)",
    boxShadow: "var(--sh-pop)", fontFamily: "var(--font-ui)", fontSize: "var(--t-13)", maxWidth: "28rem",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--ink)", color: "var(--on-ink)" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--ink)" },
  ".cm-panels input, .cm-panels button": { fontSize: "var(--t-12)", color: "var(--ink)", backgroundImage: "none", backgroundColor: "var(--sunken)" },
  ".cm-searchMatch": { backgroundColor: "var(--wait-bg)", outline: "1px solid var(--wait)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--fail) 1.5px", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--wait) 1.5px", textUnderlineOffset: "3px" },
  ".cm-diagnostic": { padding: "6px 10px", fontFamily: "var(--font-ui)" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--fail)" },
  ".cm-diagnostic-warning": { borderLeft: "3px solid var(--wait)" },
  ".cm-diagnosticAction": { backgroundColor: "var(--ink)", color: "var(--on-ink)", borderRadius: "var(--r-chip)", padding: "2px 8px" },
  ".cm-lint-marker": { width: "0.6em", height: "0.6em" },
  ".cm-gutter-lint": { width: "1em" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "0.35em 0.1em 0 0.2em" },
  ".cm-lint-marker-error, .cm-lint-marker-warning, .cm-lint-marker-info": { content: "none" },
  ".cm-lint-marker-error": { backgroundColor: "var(--fail)", clipPath: "polygon(50% 0, 100% 100%, 0 100%)" },
  ".cm-lint-marker-warning": { backgroundColor: "var(--wait)", clipPath: "polygon(50% 0, 100% 50%, 50% 100%, 0 50%)" },
  ".cm-tooltip-autocomplete.cm-tooltip > ul > li": { padding: "4px 8px", fontFamily: "var(--font-mono)" },
  ".cm-completionDetail": { marginLeft: "0.75em", fontStyle: "normal", color: "inherit", opacity: "0.75" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-card": { padding: "8px 10px", lineHeight: "1.5", maxHeight: "16rem", overflow: "auto" },
  ".cm-card p": { margin: "0 0 4px" },
  ".cm-card__head code": { fontFamily: "var(--font-mono)", fontWeight: "700" },
  ".cm-card__head span, .cm-card__values": { color: "var(--ink-3)", fontFamily: "var(--font-mono)", fontSize: "var(--t-12)" },
  ".cm-card__head b": { fontWeight: "700", fontSize: "var(--t-12)" },
  ".cm-completionInfo": { padding: "0" },
  ".cm-ghost": {
    whiteSpace: "pre", paddingLeft: "6px", color: "var(--c-ghost)", borderLeft: "2px solid var(--line-strong)", fontStyle: "italic",
  },
  ".cm-diagnosticText": { whiteSpace: "pre-wrap" },
});

/** Descriptions by struct and field, fetched when the first is wanted. */
let docs;
function describe(owner, field) {
  docs ??= fetch(new URL("docs.json", document.baseURI))
    .then((answer) => answer.json())
    .then((all) => all.docs)
    .catch(() => {
      docs = undefined;
      return {};
    });
  return docs.then((all) => all[owner]?.[field] ?? "");
}

/** A description as a small page: the field's path and type over its text. */
function card({ head, type, required, values, text }) {
  const box = document.createElement("div");
  box.className = "cm-card";
  const title = box.appendChild(document.createElement("p"));
  title.className = "cm-card__head";
  title.append(Object.assign(document.createElement("code"), { textContent: head }));
  if (type) title.append(Object.assign(document.createElement("span"), { textContent: ` <${type}>` }));
  if (required) title.append(Object.assign(document.createElement("b"), { textContent: ` ${required}` }));
  if (values) box.append(Object.assign(document.createElement("p"), { textContent: values, className: "cm-card__values" }));
  if (text) box.append(Object.assign(document.createElement("p"), { textContent: text }));
  return box;
}

/** Completion by the cluster's schema. */
const complete = (options, words) => (context) => {
  const { state, pos } = context;
  const before = state.doc.lineAt(pos).text.slice(0, pos - state.doc.lineAt(pos).from);
  const typing = /[\w./-]$/.test(before) || /:\s$/.test(before);
  if (!context.explicit && !typing) return null;
  const { from, proposals } = options.onComplete(state.doc.toString(), pos);
  if (!proposals.length) return null;
  const indent = " ".repeat(before.match(/^[ -]*/)[0].length);
  return {
    from,
    validFor: /^[\w./-]*$/,
    options: proposals.map((proposal) => ({
      label: proposal.label,
      detail: proposal.type,
      type: proposal.type ? "property" : "enum",
      boost: proposal.required ? 1 : 0,
      apply: proposal.insert.replaceAll("\n", `\n${indent}`),
      info: proposal.owner
        ? () =>
            describe(proposal.owner, proposal.field).then((text) =>
              card({ head: proposal.label, type: proposal.type, required: proposal.required && words.required, text }),
            )
        : undefined,
    })),
  };
};

/** What a field means, as `kubectl explain` says it. */
const explainOnHover = (options, words) =>
  hoverTooltip(
    async (view, pos) => {
      const found = options.onField(view.state.doc.toString(), pos);
      if (!found || pos < found.from || pos > found.to) return null;
      const text = await describe(found.owner, found.field);
      return {
        pos: found.from,
        end: found.to,
        above: true,
        create: () => ({
          dom: card({ head: found.path, type: found.type, required: found.required && words.required, values: found.values, text }),
        }),
      };
    },
    { hoverTime: 350 },
  );

/** Lines that the server added; they are not in the text. */
class GhostLines extends WidgetType {
  constructor(text, label) {
    super();
    this.text = text;
    this.label = label;
  }
  eq(other) {
    return other.text === this.text && other.label === this.label;
  }
  toDOM() {
    const lines = document.createElement("div");
    lines.className = "cm-ghost";
    lines.setAttribute("role", "note");
    lines.setAttribute("aria-label", this.label);
    lines.textContent = this.text;
    return lines;
  }
}

const setGhosts = StateEffect.define();
const ghostField = StateField.define({
  create: () => Decoration.none,
  update(ghosts, transaction) {
    for (const effect of transaction.effects) if (effect.is(setGhosts)) return effect.value;
    return ghosts.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

function ghostSet(doc, list, label) {
  const builder = new RangeSetBuilder();
  const at = (ghost) => doc.lineAt(Math.min(ghost.at, doc.length)).to;
  // Inner maps first where several end on one line.
  for (const ghost of [...list].sort((a, b) => at(a) - at(b) || b.text.search(/\S/) - a.text.search(/\S/))) {
    builder.add(at(ghost), at(ghost), Decoration.widget({ widget: new GhostLines(ghost.text, label), block: true, side: 1 }));
  }
  return builder.finish();
}

/** Applies the first fix that the cursor's line offers (Ctrl or Cmd and the full stop). */
function quickFix(view, diagnostics) {
  const line = view.state.doc.lineAt(view.state.selection.main.head);
  const fault = diagnostics.find((d) => d.actions?.length && d.from >= line.from && d.from <= line.to);
  if (!fault) return false;
  fault.actions[0].apply(view, fault.from, fault.to);
  return true;
}

/** The button that mends a fault; what it changes moves along with the fault. */
function fixing(d, from, words) {
  const text = d.fix.trim();
  const say = text.includes("\n") ? `${text.split("\n", 1)[0]} …` : text;
  const apply = (view, start) => {
    const shift = start - from;
    const at = (offset) => Math.max(0, Math.min(offset + shift, view.state.doc.length));
    view.dispatch({ changes: { from: at(d.fixFrom), to: at(d.fixTo), insert: d.fix } });
  };
  return { name: say ? `${words.fix}: ${say}` : words.fix, apply };
}

/** The page's diagnostics in CodeMirror's form, clipped to a document that may have moved on. */
function toCodeMirror(list, length, words) {
  return list.map((d) => {
    const from = Math.min(d.from, length);
    const to = Math.min(Math.max(d.to, from), length);
    return {
      from,
      to,
      severity: d.severity,
      message: d.didYouMean ? `${d.message}\n${words.didYouMean(d.didYouMean)}` : d.message,
      actions: d.fix === undefined ? undefined : [fixing(d, from, words)],
    };
  });
}

/**
 * @param {HTMLElement} host
 * @param {{label: string, fix: string, didYouMean: string, onChange: (text: string) => void, onApply: () => void,
 *          onLeave: () => void, onCursor: (line: number, column: number) => void,
 *          onComplete: (text: string, offset: number) => {from: number, proposals: object[]},
 *          onField: (text: string, offset: number) => object | null}} options  `didYouMean` holds `{}` for the word
 */
export function mount(host, options) {
  const words = {
    fix: options.fix,
    required: options.required,
    serverAdded: options.serverAdded,
    didYouMean: (word) => options.didYouMean.replace("{}", word),
  };
  const label = new Compartment();
  const states = new Map();
  let path = null;
  let diagnostics = [];
  let quiet = false;

  const keys = Prec.highest(keymap.of([
    { key: "Mod-Enter", run: () => (options.onApply(), true) },
    { key: "Mod-.", run: (view) => quickFix(view, diagnostics) },
    {
      key: "Escape",
      run: (view) => {
        if (completionStatus(view.state) || searchPanelOpen(view.state)) return false;
        options.onLeave();
        return true;
      },
    },
  ]));
  const extensions = [
    keys,
    lineNumbers(), foldGutter(), codeFolding(), history(), drawSelection(), rectangularSelection(), indentOnInput(),
    bracketMatching(), closeBrackets(), autocompletion({ override: [complete(options, words)], icons: false }),
    explainOnHover(options, words), ghostField, highlightActiveLine(), highlightActiveLineGutter(),
    highlightSelectionMatches(), search({ top: true }), lintGutter(), yaml(), indentUnit.of("  "), EditorState.tabSize.of(2),
    syntaxHighlighting(colours), look,
    keymap.of([
      ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap,
      ...lintKeymap, indentWithTab,
    ]),
    label.of(EditorView.contentAttributes.of({ "aria-label": options.label })),
    EditorView.updateListener.of((update) => {
      if (update.docChanged && !quiet) options.onChange(update.state.doc.toString());
      if (update.selectionSet || update.docChanged) {
        const head = update.state.selection.main.head;
        const line = update.state.doc.lineAt(head);
        options.onCursor(line.number, head - line.from + 1);
      }
    }),
  ];
  const fresh = (text) => EditorState.create({ doc: text, extensions });
  const view = new EditorView({ parent: host, state: fresh("") });

  /** Replaces only what differs, so that the cursor and the undo history stay. */
  function replace(text) {
    const old = view.state.doc.toString();
    if (old === text) return;
    let start = 0;
    while (start < old.length && start < text.length && old[start] === text[start]) start += 1;
    let end = 0;
    while (end < old.length - start && end < text.length - start && old[old.length - 1 - end] === text[text.length - 1 - end]) end += 1;
    quiet = true;
    view.dispatch({ changes: { from: start, to: old.length - end, insert: text.slice(start, text.length - end) } });
    quiet = false;
  }

  function setText(wanted, text) {
    if (wanted !== path) return;
    if (view.composing) {
      setTimeout(() => setText(wanted, text), COMPOSING_RETRY_MILLIS);
      return;
    }
    replace(text);
  }

  return {
    /** Shows a file; each keeps its own cursor and undo history. */
    open: (next, text) => {
      if (path !== null) states.set(path, view.state);
      path = next;
      quiet = true;
      view.setState(states.get(next) ?? fresh(text));
      quiet = false;
      replace(text);
    },
    forget: (gone) => states.delete(gone),
    /** The file changed elsewhere, for example by a command. */
    setText,
    text: () => view.state.doc.toString(),
    setDiagnostics: (list) => {
      diagnostics = toCodeMirror(list, view.state.doc.length, words);
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    /** What the server added, as lines between the lines; an empty list takes them away. */
    setGhosts: (list) => view.dispatch({ effects: setGhosts.of(ghostSet(view.state.doc, list, words.serverAdded)) }),
    reveal: (from) => {
      const at = Math.min(from, view.state.doc.length);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
      view.focus();
    },
    setWords: (next) => {
      words.fix = next.fix;
      words.required = next.required;
      words.serverAdded = next.serverAdded;
      words.didYouMean = (word) => next.didYouMean.replace("{}", word);
      view.dispatch({ effects: label.reconfigure(EditorView.contentAttributes.of({ "aria-label": next.label })) });
    },
    focus: () => view.focus(),
    dispose: () => view.destroy(),
  };
}
