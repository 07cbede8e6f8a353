//! The editor's pane: files as tabs, the CodeMirror widget, problems, apply. A file here is a file of the home directory.
use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use podground::session::{Diagnostic, TerminalId, WantedEdit};
use web_sys::Element;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::dom;
use super::i18n::Key;
use super::icon::{shape, small_icon};
use super::live::{Live, Snap};
use super::page::{Act, DeskTab, Pane};
use super::templates::TEMPLATES;
use super::widgets::{self, EditorOptions, EditorWidget, EditorWords};

/// What is typed reaches the file, and is checked, this long after the last key.
const WRITE_AFTER_MILLIS: u32 = 350;
/// Larger texts are not kept.
const MOST_BYTES: usize = 1024 * 1024;

/// What the widget's callbacks and the component share.
#[derive(Default)]
struct Desk {
    bench: Option<Bench>,
    /// The file that the widget shows.
    path: Option<String>,
    /// The file's text as the session last had it.
    known: String,
    /// Typed, not written yet.
    pending: Option<String>,
    timer: Option<Timeout>,
}

#[derive(Properties, PartialEq)]
pub struct EditorPaneProps {
    pub live: Live,
}

/// The editor's pane.
#[component]
pub fn EditorPane(props: &EditorPaneProps) -> Html {
    let bench = use_bench();
    let files: Vec<String> = props.live.files.iter().filter(|path| is_shown(path)).cloned().collect();
    let current = bench.page.file.clone().filter(|file| files.contains(file)).or_else(|| first_manifest(&files));
    let host = use_node_ref();
    let faults = use_state_eq(Vec::<Diagnostic>::new);
    let too_large = use_state_eq(|| None::<usize>);
    let cursor = use_state_eq(|| (1_u32, 1_u32));
    let desk = use_mut_ref(Desk::default);
    desk.borrow_mut().bench = Some(bench.clone());
    let loaded = use_widget(&host, &desk, &faults, &too_large, &cursor);
    use_file(&bench, &desk, &loaded, &current, &props.live, &faults);
    use_wanted(&bench, &props.live.wanted);
    let ghosts = use_state_eq(|| false);
    let added = {
        let bench = bench.clone();
        let deps = (current.clone(), props.live.generation, bench.epoch);
        use_memo(deps, move |(current, ..)| {
            let text = current.as_ref().and_then(|path| bench.session.read_file(path));
            text.map(|text| bench.session.added_by_server(&text)).unwrap_or_default()
        })
    };
    {
        let bench = bench.clone();
        use_effect_with((added.clone(), *ghosts, (*loaded).clone(), current.clone()), move |(added, on, ..)| {
            if let Some(widget) = &*bench.doors.editor.borrow() {
                widget.set_ghosts(if *on { added } else { &[] });
            }
        });
    }
    let failed = matches!(*loaded, Loading::Failed);
    html! {
        <section class={classes!("pane", "pane--edit", current.is_none().then_some("has-nothing"))} aria-label={bench.t(Key::EditorPane)}>
            <div class="pane__bar">
                <FrontSwitch to={DeskTab::Term} />
                { tabs(&bench, &files, current.as_deref()) }
                <span class="grow" />
                <FileMenu files={files.clone()} current={current.clone()} />
            </div>
            <div class="code" ref={host} hidden={current.is_none()} />
            if failed {
                <p class="pane__trouble" role="alert">{ bench.t(Key::LoadFailed) }</p>
            }
            if current.is_none() {
                <div class="say"><h3>{ bench.t(Key::NoFiles) }</h3><p>{ bench.t(Key::NoFilesText) }</p><NewFileChoices files={files.clone()} /></div>
            }
            if let Some(path) = current {
                { foot(&bench, &ghosts, &Foot {
                    path: &path,
                    faults: &faults,
                    too_large: *too_large,
                    cursor: *cursor,
                    added: added.len(),
                    wanted: props.live.wanted.iter().any(|edit| edit.path == path),
                }) }
            }
        </section>
    }
}

fn is_shown(path: &str) -> bool {
    !path.split('/').any(|part| part.starts_with('.'))
}

fn first_manifest(files: &[String]) -> Option<String> {
    let manifest = files.iter().find(|path| path.ends_with(".yaml") || path.ends_with(".yml"));
    manifest.or_else(|| files.first()).cloned()
}

fn tabs(bench: &Bench, files: &[String], current: Option<&str>) -> Html {
    html! {
        <div class="tabs" role="tablist" aria-label={bench.t(Key::Files)}>
            { for files.iter().map(|path| {
                let selected = current == Some(path);
                html! {
                    <button key={path.clone()} class="tab" role="tab" aria-selected={if selected { "true" } else { "false" }}
                        onclick={bench.on(Act::File(Some(path.clone())))}>{ path }</button>
                }
            }) }
        </div>
    }
}

/// What the line under the text tells.
struct Foot<'a> {
    path: &'a str,
    faults: &'a [Diagnostic],
    too_large: Option<usize>,
    cursor: (u32, u32),
    /// Lines that the server added.
    added: usize,
    /// A program in a terminal waits for the file.
    wanted: bool,
}

fn foot(bench: &Bench, ghosts: &UseStateHandle<bool>, foot: &Foot<'_>) -> Html {
    let Foot { path, faults, too_large, cursor, added, wanted } = *foot;
    let toggle = {
        let ghosts = ghosts.clone();
        Callback::from(move |_: MouseEvent| ghosts.set(!*ghosts))
    };
    let apply = {
        let (bench, path) = (bench.clone(), path.to_owned());
        Callback::from(move |_: MouseEvent| apply(&bench, &path))
    };
    let reveal = {
        let (bench, at) = (bench.clone(), faults.first().map_or(0, |fault| fault.from_utf16));
        Callback::from(move |_: MouseEvent| {
            if let Some(widget) = &*bench.doors.editor.borrow() {
                widget.reveal(at);
            }
        })
    };
    let said = match faults.len() {
        0 => bench.t(Key::ProblemsNone).to_owned(),
        1 => bench.t(Key::ProblemOne).to_owned(),
        count => bench.f(Key::Problems, &[&count.to_string()]),
    };
    let first = faults.first().map(|fault| format!("{}:{} {}", fault.line, fault.column, fault.message));
    html! {
        <div class="pane__foot">
            if let Some(kilobytes) = too_large {
                <span class="state is-fail" role="alert">{ shape(podground::session::State::Failed) }{ bench.f(Key::TooLarge, &[&kilobytes.to_string()]) }</span>
            } else if let Some(first) = first {
                <button class="state is-fail foot__fault" title={first.clone()} onclick={reveal}>{ shape(podground::session::State::Failed) }<span>{ said }</span></button>
                <span class="foot__first" role="status">{ first }</span>
            } else {
                <span role="status">{ said }</span>
            }
            <span class="grow" />
            if added > 0 {
                <button class="btn btn--quiet foot__ghosts" aria-pressed={if **ghosts { "true" } else { "false" }} title={bench.t(Key::ShowServerAdded)} onclick={toggle}>
                    { small_icon("plus") }<span>{ bench.t(Key::ShowServerAdded) }</span>
                </button>
            }
            <span class="hide-phone foot__place">{ bench.f(Key::LineColumn, &[&cursor.0.to_string(), &cursor.1.to_string()]) }</span>
            if wanted {
                <button class="btn btn--go" onclick={apply}>{ bench.t(Key::SaveAndClose) }{ " " }<span class="kbd" aria-hidden="true">{ dom::chord("↵") }</span></button>
            } else {
                <button class="btn" title={bench.f(Key::ApplyLabel, &[path])} onclick={apply}>{ bench.t(Key::Apply) }{ " " }<span class="kbd" aria-hidden="true">{ dom::chord("↵") }</span></button>
            }
        </div>
    }
}

/// A program in a terminal wants a file edited: here it is.
#[hook]
fn use_wanted(bench: &Bench, wanted: &Snap<Vec<WantedEdit>>) {
    let bench = bench.clone();
    let known = use_mut_ref(Vec::new);
    use_effect_with(wanted.clone(), move |wanted| {
        let known = known.replace((**wanted).clone());
        let Some(new) = wanted.iter().rfind(|edit| !known.contains(edit)) else { return };
        bench.act(Act::File(Some(new.path.clone())));
        bench.act(Act::Desk(DeskTab::Edit));
        bench.act(Act::Pane(Pane::Edit));
        dom::focus(".pane--edit .cm-content");
    });
}

/// The file is as it should be: what waits for it in the terminal goes on.
fn hand_back(bench: &Bench, terminal: TerminalId) {
    if bench.past.is_some() {
        return; // what was, was
    }
    bench.press(terminal, "\r");
    bench.act(Act::Terminal(Some(terminal)));
    bench.act(Act::Desk(DeskTab::Term));
    bench.act(Act::Pane(Pane::Lesson)); // where a phone has its terminal
    Timeout::new(0, || _ = dom::focus(".term__host:not([hidden]) .xterm-helper-textarea")).forget(); // once it is in front
}

/// The command is typed in the terminal, so that the learner learns it.
fn apply(bench: &Bench, path: &str) {
    if let Some(edit) = bench.session.wanted_edits().into_iter().find(|edit| edit.path == path) {
        hand_back(bench, edit.terminal);
        return;
    }
    let plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    let word = if plain { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) };
    bench.run(&format!("kubectl apply -f {word}"));
}

/// How far the widget is.
#[derive(Clone, PartialEq)]
enum Loading {
    Coming,
    Here,
    Failed,
}

/// Loads the widget once and wires its callbacks.
#[hook]
fn use_widget(
    host: &NodeRef,
    desk: &Rc<RefCell<Desk>>,
    faults: &UseStateHandle<Vec<Diagnostic>>,
    too_large: &UseStateHandle<Option<usize>>,
    cursor: &UseStateHandle<(u32, u32)>,
) -> UseStateHandle<Loading> {
    let loaded = use_state_eq(|| Loading::Coming);
    let (host, desk, set) = (host.clone(), desk.clone(), loaded.setter());
    let (faults, too_large, cursor) = (faults.setter(), too_large.setter(), cursor.setter());
    use_effect_with((), move |()| {
        let Some(bench) = desk.borrow().bench.clone() else { return Box::new(|| {}) as Box<dyn FnOnce()> };
        let doors = bench.doors.clone();
        {
            let (desk, faults, too_large) = (desk.clone(), faults.clone(), too_large.clone());
            *doors.flush.borrow_mut() = Some(Rc::new(move || write(&desk, &faults, &too_large)));
        }
        let late = doors.clone();
        spawn_local(async move {
            let Some(element) = host.cast::<Element>() else { return };
            let (typing, applying) = (desk.clone(), desk.clone());
            let options = EditorOptions {
                words: words(&bench, ""),
                on_change: move |text: String| typed(&typing, text, &faults, &too_large),
                on_apply: move || {
                    let now = applying.borrow();
                    if let (Some(bench), Some(path)) = (now.bench.clone(), now.path.clone()) {
                        drop(now);
                        apply(&bench, &path);
                    }
                },
                on_leave: || {
                    dom::focus(".pane--edit [role=tab][aria-selected=true]");
                },
                on_cursor: move |line, column| cursor.set((line, column)),
            };
            match widgets::editor(&element, options).await {
                Ok(widget) => {
                    *late.editor.borrow_mut() = Some(widget);
                    set.set(Loading::Here);
                }
                Err(_) => set.set(Loading::Failed),
            }
        });
        Box::new(move || {
            doors.flush();
            *doors.flush.borrow_mut() = None;
            if let Some(widget) = doors.editor.borrow_mut().take() {
                widget.dispose_editor();
            }
        })
    });
    loaded
}

fn words(bench: &Bench, path: &str) -> EditorWords {
    EditorWords {
        label: bench.f(Key::EditorLabel, &[path]),
        fix: bench.t(Key::Fix),
        did_you_mean: bench.t(Key::DidYouMean),
        required: bench.t(Key::Required),
        server_added: bench.t(Key::ServerAdded),
    }
}

/// A key was typed: the file follows in a moment.
fn typed(desk: &Rc<RefCell<Desk>>, text: String, faults: &UseStateSetter<Vec<Diagnostic>>, too_large: &UseStateSetter<Option<usize>>) {
    let later = (desk.clone(), faults.clone(), too_large.clone());
    let mut now = desk.borrow_mut();
    now.pending = Some(text);
    now.timer = Some(Timeout::new(WRITE_AFTER_MILLIS, move || write(&later.0, &later.1, &later.2)));
}

/// Writes what was typed to its file and has it checked.
fn write(desk: &Rc<RefCell<Desk>>, faults: &UseStateSetter<Vec<Diagnostic>>, too_large: &UseStateSetter<Option<usize>>) {
    let (bench, path, text) = {
        let mut now = desk.borrow_mut();
        now.timer = None;
        let (Some(bench), Some(path)) = (now.bench.clone(), now.path.clone()) else { return };
        let Some(text) = now.pending.take() else { return };
        if text.len() > MOST_BYTES {
            too_large.set(Some(text.len() / 1024));
            return;
        }
        now.known.clone_from(&text);
        (bench, path, text)
    };
    too_large.set(None);
    bench.session.write_file(&path, &text);
    check(&bench, &path, &text, faults);
}

fn check(bench: &Bench, path: &str, text: &str, faults: &UseStateSetter<Vec<Diagnostic>>) {
    let found = bench.session.diagnose(path, text);
    if let Some(widget) = &*bench.doors.editor.borrow() {
        widget.set_diagnostics(&found);
    }
    faults.set(found);
}

/// Shows the current file, and follows it when a command changes it.
#[hook]
fn use_file(
    bench: &Bench,
    desk: &Rc<RefCell<Desk>>,
    loaded: &UseStateHandle<Loading>,
    current: &Option<String>,
    live: &Live,
    faults: &UseStateHandle<Vec<Diagnostic>>,
) {
    let (bench, desk, faults) = (bench.clone(), desk.clone(), faults.setter());
    let deps = ((**loaded).clone(), current.clone(), bench.epoch, live.generation, bench.page.lang);
    use_effect_with(deps, move |(loaded, current, ..)| {
        let (Loading::Here, Some(path)) = (loaded, current) else { return };
        let widget = bench.doors.editor.borrow().clone();
        let (Some(widget), Some(text)) = (widget, bench.session.read_file(path)) else { return };
        let same_file = desk.borrow().path.as_ref() == Some(path);
        if !same_file {
            bench.doors.flush();
        }
        follow(&bench, &desk, &widget, path, text, same_file, &faults);
        widget.set_words(words(&bench, path));
    });
}

fn follow(
    bench: &Bench,
    desk: &Rc<RefCell<Desk>>,
    widget: &EditorWidget,
    path: &str,
    text: String,
    same_file: bool,
    faults: &UseStateSetter<Vec<Diagnostic>>,
) {
    {
        let mut now = desk.borrow_mut();
        if same_file && (now.pending.is_some() || now.known == text) {
            return;
        }
        now.path = Some(path.to_owned());
        now.known.clone_from(&text);
        now.pending = None;
    }
    if same_file {
        widget.set_text(path, &text);
    } else {
        widget.open(path, &text);
    }
    check(bench, path, &text, faults);
}

#[derive(Properties, PartialEq)]
pub struct FrontSwitchProps {
    pub to: DeskTab,
}

/// Where editor and terminal share one place: the other one's tab.
#[component]
pub fn FrontSwitch(props: &FrontSwitchProps) -> Html {
    let bench = use_bench();
    let (sign, key) = match props.to {
        DeskTab::Edit => ("edit", Key::EditorPane),
        DeskTab::Term => ("term", Key::TerminalPane),
    };
    html! { <button class="btn btn--quiet front-switch" onclick={bench.on(Act::Desk(props.to))}>{ small_icon(sign) }{ bench.t(key) }</button> }
}

#[derive(Properties, PartialEq)]
struct FileMenuProps {
    files: Vec<String>,
    #[prop_or_default]
    current: Option<String>,
}

/// The plus sign: a new file from a template; and the way to be rid of the file in front.
#[component]
fn FileMenu(props: &FileMenuProps) -> Html {
    let bench = use_bench();
    let open = use_state_eq(|| false);
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let close = {
        let open = open.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                open.set(false);
                dom::focus(".menu-button");
            }
        })
    };
    let shut = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(false))
    };
    let remove = props.current.clone().map(|path| {
        let label = bench.f(Key::DeleteFile, &[&path]);
        let bench = bench.clone();
        let click = Callback::from(move |_: MouseEvent| {
            bench.session.remove_file(&path);
            bench.act(Act::File(None));
        });
        html! { <button class="menu__item" onclick={click}>{ small_icon("close") }{ label }</button> }
    });
    html! {
        <div class="menu-place" onkeydown={close}>
            <button class="btn btn--quiet btn--icon menu-button" aria-label={bench.t(Key::NewFile)} title={bench.t(Key::NewFile)}
                aria-expanded={if *open { "true" } else { "false" }} onclick={toggle}>{ small_icon("plus") }</button>
            if *open {
                <div class="menu" onclick={shut}><NewFileChoices files={props.files.clone()} />{ remove }</div>
            }
        </div>
    }
}

/// The templates, as buttons.
#[component]
fn NewFileChoices(props: &FileMenuProps) -> Html {
    let bench = use_bench();
    html! {
        <div class="menu__choices" role="group" aria-label={bench.t(Key::NewFile)}>
            { for TEMPLATES.iter().map(|template| {
                let (bench, files) = (bench.clone(), props.files.clone());
                let key = template.name;
                let label = bench.t(key);
                let make = Callback::from(move |_: MouseEvent| {
                    let path = template.free_path(&files);
                    bench.session.write_file(&path, template.text);
                    bench.act(Act::File(Some(path)));
                    bench.act(Act::Desk(DeskTab::Edit));
                });
                html! { <button class="menu__item" onclick={make}>{ small_icon("file") }{ label }</button> }
            }) }
        </div>
    }
}
