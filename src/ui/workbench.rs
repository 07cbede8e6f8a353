//! The workbench: the panes, their gutters, and the keys that move between them.
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::announce::Announcer;
use super::backstage::Backstage;
use super::bench::{Bench, Travel, use_bench};
use super::compare::Compare;
use super::curtain::use_curtain;
use super::dom::{document, listen, window};
use super::editor::EditorPane;
use super::i18n::Key;
use super::inspector::Inspector;
use super::lesson::LessonPane;
use super::live::Live;
use super::menu::PictureMenu;
use super::page::{Act, DeskTab, Edge, SIZES, Sizes};
use super::phone::{KeyBar, TabBar};
use super::picture::Picture;
use super::splitter::Splitter;
use super::terminal::TerminalPane;
use super::time::{TimeBar, clock_text};
use super::topbar::TopBar;

#[derive(Properties, PartialEq)]
pub struct WorkbenchProps {
    pub live: Live,
    pub start_over: Callback<()>,
}

/// The workbench.
#[component]
pub fn Workbench(props: &WorkbenchProps) -> Html {
    let bench = use_bench();
    use_pane_keys(&bench);
    let live = &props.live;
    use_curtain(live, true);
    let skip = {
        let bench = bench.clone();
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            enter_terminal(&bench);
        })
    };
    let inspecting = bench.page.inspector.is_some();
    let front = match bench.page.desk {
        DeskTab::Edit => "edit",
        DeskTab::Term => "term",
    };
    html! {
        <div class={classes!("app", inspecting.then_some("is-inspecting"), folds(&bench))} style={sizes(bench.page.sizes)}>
            <a class="skip" href="#term" onclick={skip}>{ bench.t(Key::SkipToTerminal) }</a>
            <TopBar live={live.clone()} />
            <PastBar />
            <main class="body">
                // The lesson pane has the page's heading; a phone may show another pane.
                <h1 class="vh only-phone">{ live.lesson.as_ref().map_or(bench.t(Key::SandboxTitle).to_owned(), |lesson| lesson.title.clone()) }</h1>
                <LessonPane live={live.clone()} start_over={props.start_over.clone()} />
                <Splitter edge={Edge::Lesson} label={Key::LessonWidth} />
                <div class="work">
                    if let Some(of) = bench.page.backstage {
                        <Backstage live={live.clone()} {of} />
                    }
                    <Picture live={live.clone()} />
                    <Splitter edge={Edge::Picture} label={Key::PictureHeight} />
                    <div class="desk" data-front={front}>
                        <EditorPane live={live.clone()} />
                        <Splitter edge={Edge::Editor} label={Key::EditorWidth} />
                        <TerminalPane live={live.clone()} />
                    </div>
                </div>
                if let Some(tab) = bench.page.inspector {
                    <Splitter edge={Edge::Inspector} label={Key::InspectorWidth} />
                    <Inspector live={live.clone()} {tab} />
                }
                if let Some(menu) = bench.page.menu.clone() {
                    <PictureMenu live={live.clone()} {menu} />
                }
            </main>
            <TimeBar timeline={live.timeline.clone()} />
            <KeyBar />
            <TabBar />
            <Announcer live={live.clone()} />
            if bench.page.compare {
                <Compare />
            }
        </div>
    }
}

/// Says that the page shows the past, and leads out of it.
#[component]
fn PastBar() -> Html {
    let bench = use_bench();
    let (Some(_), Some(present)) = (&bench.past, &bench.present) else { return Html::default() };
    let said = bench.f(Key::PastTitle, &[&clock_text(bench.session.now_ms()), &clock_text(present.now_ms())]);
    let go = |to: Travel| bench.travel.reform(move |_: MouseEvent| to);
    html! {
        <div class="past" role="status">
            <span>{ said }</span><span class="grow" />
            <button class="btn" onclick={bench.on(Act::Compare(true))}>{ bench.t(Key::CompareMoments) }</button>
            <button class="btn" onclick={go(Travel::Branch)}>{ bench.t(Key::GoOnFromHere) }</button>
            <button class="btn btn--go" onclick={go(Travel::Back)}>{ bench.t(Key::BackToNow) }</button>
        </div>
    }
}

fn folds(bench: &Bench) -> Classes {
    const NAMES: [(Edge, &str); 3] = [(Edge::Lesson, "fold-lesson"), (Edge::Picture, "fold-picture"), (Edge::Editor, "fold-editor")];
    let folded = |edge: Edge| bench.page.folded.get(edge as usize).copied().unwrap_or(false);
    let mut classes: Classes = NAMES.iter().filter(|(edge, _)| folded(*edge)).map(|(_, name)| *name).collect();
    if bench.page.backstage.is_some() {
        classes.push("is-backstage");
    }
    classes
}

fn sizes(sizes: Sizes) -> String {
    let Sizes { lesson, picture, editor, inspector } = sizes;
    // Untouched, the picture is as high as its drawing needs and no higher than looks right.
    let picture = if picture == SIZES.picture { "var(--h-best)".to_owned() } else { format!("{picture:.2}%") };
    let lesson = if lesson == SIZES.lesson { "clamp(21.25rem,20vw,23.75rem)".to_owned() } else { format!("{lesson:.2}rem") };
    format!("--w-lesson:{lesson};--h-picture:{picture};--w-editor:{editor:.2}rem;--w-inspector:{inspector:.2}rem")
}

/// Puts the keyboard into the terminal in front.
pub fn enter_terminal(bench: &Bench) {
    let id = bench.terminal();
    if let Some(widget) = bench.doors.terminals.borrow().get(&id) {
        widget.focus();
    }
}

/// The panes in the order of focus, and what takes the keyboard in each.
const PANES: &[(&str, &str)] = &[
    (".pane--lesson", ".pane--lesson"),
    (".pane--pic", ".pane--pic [role=treeitem][tabindex='0']"),
    (".pane--edit", ".pane--edit .cm-content"),
    (".pane--term", ".term__host:not([hidden]) .xterm-helper-textarea"),
    (".insp", ".insp [role=tab][aria-selected=true]"),
    (".time", ".time button"),
];

/// F6 and Shift+F6 go round the panes that are on the screen.
#[hook]
fn use_pane_keys(bench: &Bench) {
    let _ = bench;
    use_effect_with((), |()| {
        let listener = listen(&window(), "keydown", |event| {
            let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
            if event.key() == "F6" {
                event.prevent_default();
                cycle(event.shift_key());
            }
        });
        move || drop(listener)
    });
}

fn cycle(backwards: bool) {
    let find = |selector: &str| document().query_selector(selector).ok().flatten();
    let shown: Vec<(Element, &str)> =
        PANES.iter().filter_map(|(pane, target)| Some((find(pane)?, *target))).filter(|(pane, _)| pane.client_width() > 0).collect();
    let active = document().active_element();
    let current = shown.iter().position(|(pane, _)| active.as_ref().is_some_and(|element| pane.contains(Some(element))));
    let count = shown.len();
    if count == 0 {
        return;
    }
    let next = match (current, backwards) {
        (None, false) => 0,
        (None, true) => count - 1,
        (Some(at), false) => (at + 1) % count,
        (Some(at), true) => (at + count - 1) % count,
    };
    let (pane, target) = &shown[next];
    let target = find(target).unwrap_or_else(|| pane.clone());
    if let Ok(element) = target.dyn_into::<HtmlElement>() {
        let _ = element.focus();
    }
}
