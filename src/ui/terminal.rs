//! The terminal's pane: tabs, and one xterm.js widget for each terminal of the session.
use podground::session::TerminalId;
use web_sys::{Element, HtmlInputElement};
use yew::platform::spawn_local;
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::dom;
use super::editor::FrontSwitch;
use super::gloss::gloss;
use super::i18n::Key;
use super::icon::{icon, small_icon};
use super::live::{Live, TerminalTab};
use super::page::{Act, DeskTab};
use super::widgets::{self, TerminalOptions};

#[derive(Properties, PartialEq)]
pub struct TerminalPaneProps {
    pub live: Live,
}

/// The terminal's pane.
#[component]
pub fn TerminalPane(props: &TerminalPaneProps) -> Html {
    let bench = use_bench();
    {
        let bench = bench.clone();
        use_effect_with(bench.epoch, move |_| {
            bench.terminal(); // there is always one
        });
    }
    let tabs = &*props.live.terminals;
    let front = bench.page.terminal.filter(|id| tabs.iter().any(|tab| tab.id == *id)).or(tabs.first().map(|tab| tab.id));
    let add = {
        let bench = bench.clone();
        Callback::from(move |_: MouseEvent| {
            let id = bench.session.open_terminal();
            bench.act(Act::Terminal(Some(id)));
        })
    };
    let split = bench.page.split;
    // Split, the second terminal is the one after the one in front.
    let second = front.filter(|_| split).and_then(|front| {
        let at = tabs.iter().position(|tab| tab.id == front)?;
        tabs.get(at + 1).or_else(|| tabs.first()).map(|tab| tab.id).filter(|id| *id != front)
    });
    {
        let (bench, alone) = (bench.clone(), split && tabs.len() == 1);
        use_effect_with(alone, move |alone| {
            if *alone && bench.past.is_none() {
                bench.session.open_terminal();
            }
        });
    }
    let searching = use_state_eq(|| false);
    let find = {
        let searching = searching.clone();
        Callback::from(move |()| searching.set(true))
    };
    let toggle_find = {
        let searching = searching.clone();
        Callback::from(move |_: MouseEvent| searching.set(!*searching))
    };
    let end_find = {
        let searching = searching.clone();
        Callback::from(move |()| searching.set(false))
    };
    let (reader, reader_label) = (bench.page.screen_reader, bench.t(Key::ScreenReaderMode));
    html! {
        <section class="pane pane--term" id="term" aria-label={bench.t(Key::TerminalPane)}>
            <div class="pane__bar">
                <FrontSwitch to={DeskTab::Edit} />
                <div class="tabs" role="tablist" aria-label={bench.t(Key::Terminals)}>{ for tabs.iter().map(|tab| tab_button(&bench, tab, front)) }</div>
                if let Some(id) = front.filter(|_| tabs.len() > 1) {
                    { close_button(&bench, tabs, id) }
                }
                <span class="grow" />
                <button class="btn btn--quiet btn--icon hide-phone" aria-pressed={if *searching { "true" } else { "false" }} aria-label={bench.t(Key::FindInTerminal)} title={bench.t(Key::FindInTerminal)}
                    onclick={toggle_find}>{ small_icon("search") }</button>
                <button class="btn btn--quiet btn--icon hide-phone" aria-pressed={if split { "true" } else { "false" }} aria-label={bench.t(Key::SplitTerminal)} title={bench.t(Key::SplitTerminal)}
                    onclick={bench.on(Act::Split(!split))}>{ small_icon("split") }</button>
                <button class="btn btn--quiet btn--icon hide-phone" aria-pressed={if reader { "true" } else { "false" }} aria-label={reader_label} title={reader_label}
                    onclick={bench.on(Act::ScreenReader(!reader))}>{ small_icon("reader") }</button>
                <button class="btn btn--quiet btn--icon" aria-label={bench.t(Key::NewTerminal)} title={bench.t(Key::NewTerminal)} onclick={add}>{ small_icon("plus") }</button>
            </div>
            if let Some(id) = front.filter(|_| *searching) {
                <FindBar {id} done={end_find} />
            }
            <div class={classes!("terms", second.is_some().then_some("is-split"))}>
                { for tabs.iter().map(|tab| html! {
                    <TerminalHost key={format!("{}-{}", bench.epoch, tab.id.0)} id={tab.id} label={name(&bench, tab)} front={front == Some(tab.id)}
                        beside={second == Some(tab.id)} find={find.clone()} />
                }) }
            </div>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct FindBarProps {
    id: TerminalId,
    done: Callback<()>,
}

/// Search in what the terminal printed: Enter goes back, Shift+Enter forth.
#[component]
fn FindBar(props: &FindBarProps) -> Html {
    let bench = use_bench();
    let field = use_node_ref();
    let missing = use_state_eq(|| false);
    use_effect_with((), |()| {
        dom::focus(".find-bar input");
    });
    let search = {
        let (bench, field, missing, id) = (bench.clone(), field.clone(), missing.clone(), props.id);
        Callback::from(move |backwards: bool| {
            let text = field.cast::<HtmlInputElement>().map(|input| input.value()).unwrap_or_default();
            if let Some(widget) = bench.doors.terminals.borrow().get(&id) {
                missing.set(!widget.find(&text, backwards) && !text.is_empty());
            }
        })
    };
    let typed = search.reform(|_: InputEvent| true);
    let key = {
        let (search, done) = (search, props.done.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" => search.emit(!event.shift_key()),
            "Escape" => {
                done.emit(());
                dom::focus(".term__host:not([hidden]) .xterm-helper-textarea");
            }
            _ => {}
        })
    };
    html! {
        <div class="find-bar" role="search">
            <input ref={field} type="text" aria-label={bench.t(Key::FindInTerminal)} placeholder={bench.t(Key::FindInTerminal)} autocomplete="off" spellcheck="false" oninput={typed} onkeydown={key} />
            <span role="status">{ if *missing { bench.t(Key::FindNothing) } else { "" } }</span>
            <button class="btn btn--quiet btn--icon" aria-label={bench.t(Key::Close)} onclick={props.done.reform(|_: MouseEvent| ())}>{ icon("close") }</button>
        </div>
    }
}

fn name(bench: &Bench, tab: &TerminalTab) -> String {
    match tab.title.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["kubectl" | "k", "exec", arguments @ ..] => inside(arguments).unwrap_or_else(|| tab.title.clone()),
        [] | ["bash" | "-bash"] => bench.t(Key::Workstation).to_owned(),
        words => words.iter().take(2).copied().collect::<Vec<_>>().join(" "),
    }
}

/// Where `kubectl exec` has led: `sidecar my-nginx-pod`, or the pod alone.
fn inside(arguments: &[&str]) -> Option<String> {
    let (mut container, mut pod) = (None, None);
    let mut words = arguments.iter().take_while(|word| **word != "--");
    while let Some(word) = words.next() {
        match *word {
            "-c" | "--container" => container = words.next(),
            "-n" | "--namespace" => drop(words.next()),
            flag if flag.starts_with('-') => {}
            name => pod = pod.or(Some(name)),
        }
    }
    let pod = pod?;
    Some(container.map_or_else(|| pod.to_owned(), |container| format!("{container} {pod}")))
}

fn tab_button(bench: &Bench, tab: &TerminalTab, front: Option<TerminalId>) -> Html {
    let selected = front == Some(tab.id);
    html! {
        <button key={tab.id.0} class="tab" role="tab" aria-selected={if selected { "true" } else { "false" }} onclick={bench.on(Act::Terminal(Some(tab.id)))}>
            { small_icon("term") }{ name(bench, tab) }
        </button>
    }
}

fn close_button(bench: &Bench, tabs: &[TerminalTab], id: TerminalId) -> Html {
    let title = tabs.iter().find(|tab| tab.id == id).map(|tab| name(bench, tab)).unwrap_or_default();
    let label = bench.f(Key::CloseTerminal, &[&title]);
    let bench = bench.clone();
    let close = Callback::from(move |_: MouseEvent| {
        bench.session.close_terminal(id);
        bench.act(Act::Terminal(None));
    });
    html! { <button class="btn btn--quiet btn--icon" aria-label={label} onclick={close}>{ icon("close") }</button> }
}

#[derive(Properties, PartialEq)]
struct TerminalHostProps {
    id: TerminalId,
    label: String,
    front: bool,
    /// Shown beside the one in front.
    beside: bool,
    find: Callback<()>,
}

/// The element that xterm.js lives in.
#[component]
fn TerminalHost(props: &TerminalHostProps) -> Html {
    let bench = use_bench();
    let host = use_node_ref();
    let failed = use_state_eq(|| false);
    let word = use_state_eq(String::new);
    let id = props.id;
    {
        let (bench, host, label, find) = (bench.clone(), host.clone(), props.label.clone(), props.find.clone());
        let (failed, word) = (failed.setter(), word.setter());
        use_effect_with((), move |()| {
            let doors = bench.doors.clone();
            spawn_local(async move { failed.set(!open(&bench, id, &host, label, word, find).await) });
            move || {
                if let Some(widget) = doors.terminals.borrow_mut().remove(&id) {
                    widget.dispose();
                }
            }
        });
    }
    {
        let (bench, label) = (bench.clone(), props.label.clone());
        let shown = props.front || props.beside;
        let deps = (bench.page.theme, bench.page.screen_reader, bench.page.lang, shown, bench.page.letters, bench.page.presenter);
        use_effect_with(deps, move |(_, reader, _, _, letters, _)| {
            if let Some(widget) = bench.doors.terminals.borrow().get(&id) {
                widget.set_letters(*letters);
                widget.restyle();
                widget.set_screen_reader(*reader);
                widget.set_label(&bench.f(Key::TerminalLabel, &[&label]));
            }
        });
    }
    html! {
        <>
            <div class="term__host" ref={host} hidden={!props.front && !props.beside} />
            if let Some(meaning) = gloss(&word, bench.page.lang).filter(|_| props.front) {
                <div class="gloss" role="status"><b>{ (*word).clone() }</b>{ " " }{ meaning }</div>
            }
            if *failed {
                <p class="pane__trouble" role="alert">{ bench.t(Key::LoadFailed) }</p>
            }
        </>
    }
}

/// Opens the widget; false when it could not be loaded.
async fn open(bench: &Bench, id: TerminalId, host: &NodeRef, label: String, word: UseStateSetter<String>, find: Callback<()>) -> bool {
    let Some(element) = host.cast::<Element>() else { return true };
    let (typing, sizing) = (bench.clone(), bench.session.clone());
    let options = TerminalOptions {
        label: bench.f(Key::TerminalLabel, &[&label]),
        screen_reader: bench.page.screen_reader,
        on_data: move |text: String| typing.press(id, &text),
        on_resize: move |columns: u32, rows: u32| {
            let small = |size: u32| u16::try_from(size).unwrap_or(u16::MAX);
            sizing.terminal_resize(id, small(columns), small(rows));
        },
        on_leave: || {
            dom::focus(".pane--term [role=tab][aria-selected=true]");
        },
        on_find: move || find.emit(()),
        on_word: move |under_pointer| word.set(under_pointer),
    };
    match widgets::terminal(&element, options).await {
        Ok(widget) => {
            if host.cast::<Element>().is_some_and(|element| element.is_connected()) {
                widget.set_letters(bench.page.letters);
                // One that the terminals' bar was asked for is typed into next.
                let active = dom::document().active_element();
                let asked = active.as_ref().is_some_and(|active| active.closest(".pane--term > .pane__bar").is_ok_and(|bar| bar.is_some()));
                if asked || bench.terminal() == id && active.is_none_or(|active| active.tag_name() == "BODY") {
                    widget.focus();
                }
                bench.session.rewind_terminal_output(id);
                bench.doors.terminals.borrow_mut().insert(id, widget);
            } else {
                widget.dispose();
            }
            true
        }
        Err(_) => false,
    }
}
