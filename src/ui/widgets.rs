//! The two JavaScript widgets (`web/src/terminal.js`, `web/src/editor.js`), loaded when first needed by `web/src/boot.js`.
use js_sys::{Array, Object, Reflect, Uint8Array};
use podground::session::{Completion, Diagnostic, FieldView, Ghost, Severity};
use wasm_bindgen::prelude::*;
use web_sys::Element;

use super::engine::Session;
use super::gloss;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["window", "podground"], js_name = load, catch)]
    async fn load(name: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = ["window", "podground"], js_name = text, catch)]
    async fn text(file: &str) -> Result<JsValue, JsValue>;

    type Module;
    #[wasm_bindgen(method, catch)]
    fn mount(this: &Module, host: &Element, options: &Object) -> Result<JsValue, JsValue>;

    /// An xterm.js terminal in its host element.
    #[derive(Clone)]
    pub type TerminalWidget;
    #[wasm_bindgen(method, js_name = write)]
    fn write_js(this: &TerminalWidget, bytes: &Uint8Array);
    #[wasm_bindgen(method)]
    pub fn focus(this: &TerminalWidget);
    #[wasm_bindgen(method)]
    pub fn restyle(this: &TerminalWidget);
    #[wasm_bindgen(method, js_name = setScreenReader)]
    pub fn set_screen_reader(this: &TerminalWidget, on: bool);
    #[wasm_bindgen(method, js_name = setLetters)]
    pub fn set_letters(this: &TerminalWidget, larger_by: i32);
    #[wasm_bindgen(method)]
    pub fn find(this: &TerminalWidget, text: &str, backwards: bool) -> bool;
    #[wasm_bindgen(method, js_name = setLabel)]
    pub fn set_label(this: &TerminalWidget, label: &str);
    #[wasm_bindgen(method)]
    pub fn dispose(this: &TerminalWidget);

    /// A CodeMirror editor in its host element.
    #[derive(Clone)]
    pub type EditorWidget;
    #[wasm_bindgen(method)]
    pub fn open(this: &EditorWidget, path: &str, text: &str);
    #[wasm_bindgen(method)]
    pub fn forget(this: &EditorWidget, path: &str);
    #[wasm_bindgen(method, js_name = setText)]
    pub fn set_text(this: &EditorWidget, path: &str, text: &str);
    #[wasm_bindgen(method)]
    pub fn text(this: &EditorWidget) -> String;
    #[wasm_bindgen(method, js_name = setDiagnostics)]
    fn set_diagnostics_js(this: &EditorWidget, list: &Array);
    #[wasm_bindgen(method)]
    pub fn reveal(this: &EditorWidget, from: usize);
    #[wasm_bindgen(method, js_name = setGhosts)]
    fn set_ghosts_js(this: &EditorWidget, list: &Array);
    #[wasm_bindgen(method, js_name = setWords)]
    fn set_words_js(this: &EditorWidget, words: &Object);
    #[wasm_bindgen(method, js_name = focus)]
    pub fn focus_editor(this: &EditorWidget);
    #[wasm_bindgen(method, js_name = dispose)]
    pub fn dispose_editor(this: &EditorWidget);
}

/// The text of a file of the page; none if it cannot be had.
pub async fn file_text(file: &str) -> Option<String> {
    text(file).await.ok()?.as_string()
}

fn set(object: &Object, name: &str, value: impl Into<JsValue>) {
    let _ = Reflect::set(object, &name.into(), &value.into());
}

fn on_text(heard: impl Fn(String) + 'static) -> JsValue {
    Closure::<dyn FnMut(String)>::new(heard).into_js_value()
}

fn on_call(heard: impl Fn() + 'static) -> JsValue {
    Closure::<dyn FnMut()>::new(heard).into_js_value()
}

/// A text and an offset in it in, a value out.
fn on_place(ask: impl Fn(String, u32) -> JsValue + 'static) -> JsValue {
    Closure::<dyn FnMut(String, u32) -> JsValue>::new(ask).into_js_value()
}

fn on_pair(heard: impl Fn(u32, u32) + 'static) -> JsValue {
    Closure::<dyn FnMut(u32, u32)>::new(heard).into_js_value()
}

/// What a terminal tells the page, and what it is told at its birth.
pub struct TerminalOptions<D, R, L, F, W> {
    pub label: String,
    pub screen_reader: bool,
    pub on_data: D,
    pub on_resize: R,
    pub on_leave: L,
    pub on_find: F,
    /// A word that can be explained is under the pointer; the empty word: no more.
    pub on_word: W,
}

/// Loads xterm.js and opens a terminal in the host element.
pub async fn terminal(
    host: &Element,
    options: TerminalOptions<
        impl Fn(String) + 'static,
        impl Fn(u32, u32) + 'static,
        impl Fn() + 'static,
        impl Fn() + 'static,
        impl Fn(String) + 'static,
    >,
) -> Result<TerminalWidget, JsValue> {
    let module: Module = load("terminal").await?.unchecked_into();
    let js = Object::new();
    set(&js, "label", options.label);
    set(&js, "screenReader", options.screen_reader);
    set(&js, "onData", on_text(options.on_data));
    set(&js, "onResize", on_pair(options.on_resize));
    set(&js, "onLeave", on_call(options.on_leave));
    set(&js, "onFind", on_call(options.on_find));
    set(&js, "onWord", on_text(options.on_word));
    set(&js, "words", gloss::words().map(JsValue::from).collect::<Array>());
    Ok(module.mount(host, &js)?.unchecked_into())
}

/// The words that the editor shows, in the page's language.
pub struct EditorWords {
    pub label: String,
    pub fix: &'static str,
    pub did_you_mean: &'static str,
    pub required: &'static str,
    pub server_added: &'static str,
}

impl EditorWords {
    fn into_object(self) -> Object {
        let js = Object::new();
        set(&js, "label", self.label);
        set(&js, "fix", self.fix);
        set(&js, "didYouMean", self.did_you_mean);
        set(&js, "required", self.required);
        set(&js, "serverAdded", self.server_added);
        js
    }
}

/// What the editor tells the page.
pub struct EditorOptions<C, A, L, P> {
    pub words: EditorWords,
    pub on_change: C,
    pub on_apply: A,
    pub on_leave: L,
    pub on_cursor: P,
}

fn strings(pairs: &[(&str, &str)]) -> Object {
    let js = Object::new();
    pairs.iter().for_each(|(name, value)| set(&js, name, *value));
    js
}

fn completion(found: &Completion) -> JsValue {
    let js = Object::new();
    set(&js, "from", found.from_utf16 as f64);
    let proposals = found.proposals.iter().map(|one| {
        let js = strings(&[
            ("label", &one.label),
            ("type", &one.type_name),
            ("insert", &one.insert),
            ("owner", &one.docs.0),
            ("field", &one.docs.1),
        ]);
        set(&js, "required", one.required);
        JsValue::from(js)
    });
    set(&js, "proposals", proposals.collect::<Array>());
    js.into()
}

fn field(found: Option<FieldView>) -> JsValue {
    let Some(found) = found else { return JsValue::NULL };
    let values = found.values.join(", ");
    let js = strings(&[
        ("path", &found.path),
        ("type", &found.type_name),
        ("owner", &found.docs.0),
        ("field", &found.docs.1),
        ("values", &values),
    ]);
    set(&js, "from", found.from_utf16 as f64);
    set(&js, "to", found.to_utf16 as f64);
    set(&js, "required", found.required);
    js.into()
}

/// Loads CodeMirror and opens an editor in the host element.
pub async fn editor(
    host: &Element,
    options: EditorOptions<impl Fn(String) + 'static, impl Fn() + 'static, impl Fn() + 'static, impl Fn(u32, u32) + 'static>,
) -> Result<EditorWidget, JsValue> {
    let module: Module = load("editor").await?.unchecked_into();
    let js = options.words.into_object();
    set(&js, "onChange", on_text(options.on_change));
    set(&js, "onApply", on_call(options.on_apply));
    set(&js, "onLeave", on_call(options.on_leave));
    set(&js, "onCursor", on_pair(options.on_cursor));
    set(&js, "onComplete", on_place(|text, at| completion(&Session::complete(&text, at as usize))));
    set(&js, "onField", on_place(|text, at| field(Session::field_at(&text, at as usize))));
    Ok(module.mount(host, &js)?.unchecked_into())
}

impl TerminalWidget {
    /// Prints bytes. They are copied: xterm.js reads them later, when a view into our memory would show something else.
    pub fn write(&self, bytes: &[u8]) {
        self.write_js(&Uint8Array::from(bytes));
    }
}

impl EditorWidget {
    /// Marks the faults of the text.
    pub fn set_diagnostics(&self, list: &[Diagnostic]) {
        let faults: Array = list
            .iter()
            .map(|fault| {
                let js = Object::new();
                set(&js, "from", fault.from_utf16 as f64);
                set(&js, "to", fault.to_utf16 as f64);
                set(&js, "severity", severity(fault.severity));
                set(&js, "message", fault.message.as_str());
                if let Some(fix) = &fault.fix {
                    set(&js, "fixFrom", fix.from_utf16 as f64);
                    set(&js, "fixTo", fix.to_utf16 as f64);
                    set(&js, "fix", fix.text.as_str());
                }
                if let Some(word) = &fault.did_you_mean {
                    set(&js, "didYouMean", word.as_str());
                }
                js
            })
            .collect();
        self.set_diagnostics_js(&faults);
    }

    /// Shows lines that the server added, behind the lines of the text; none takes them away.
    pub fn set_ghosts(&self, list: &[Ghost]) {
        let ghosts = list.iter().map(|ghost| {
            let js = strings(&[("text", &ghost.text)]);
            set(&js, "at", ghost.at_utf16 as f64);
            JsValue::from(js)
        });
        self.set_ghosts_js(&ghosts.collect());
    }

    /// The page's language has changed.
    pub fn set_words(&self, words: EditorWords) {
        self.set_words_js(&words.into_object());
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "info",
    }
}
