//! What only a phone has: the tab bar, and the keys that its keyboard lacks.
use yew::prelude::*;

use super::bench::use_bench;
use super::i18n::Key;
use super::icon::icon;
use super::page::{Act, Pane};

const TABS: &[(Pane, &str, Key)] = &[
    (Pane::Lesson, "book", Key::LessonPane),
    (Pane::Picture, "pic", Key::PicturePane),
    (Pane::Edit, "edit", Key::EditorPane),
    (Pane::Time, "seq", Key::TimePane),
];

/// The tabs at the bottom of a phone.
#[component]
pub fn TabBar() -> Html {
    let bench = use_bench();
    html! {
        <nav class="tabbar" aria-label={bench.t(Key::PanesNav)}>
            { for TABS.iter().map(|(pane, sign, key)| html! {
                <button aria-current={(bench.page.pane == *pane).then_some("page")} onclick={bench.on(Act::Pane(*pane))}>
                    { icon(sign) }<span>{ bench.t(*key) }</span>
                </button>
            }) }
        </nav>
    }
}

/// The terminal's special keys: what is written on them, what they send (Ctrl waits for a letter), and their name.
const KEYS: &[(&str, &str, Option<Key>)] = &[
    ("Tab", "\t", None),
    ("Ctrl", "", None),
    ("↑", "\x1b[A", Some(Key::ArrowUp)),
    ("↓", "\x1b[B", Some(Key::ArrowDown)),
    ("|", "|", None),
    ("-", "-", None),
    ("/", "/", None),
];

/// The key bar above a phone's keyboard.
#[component]
pub fn KeyBar() -> Html {
    let bench = use_bench();
    let ctrl = use_state_eq(|| false);
    let key = |sends: &'static str| {
        let (bench, ctrl) = (bench.clone(), ctrl.clone());
        Callback::from(move |event: PointerEvent| {
            event.prevent_default(); // the keyboard stays where it is
            if sends.is_empty() {
                let down = !bench.doors.ctrl.get();
                bench.doors.ctrl.set(down);
                ctrl.set(down);
                return;
            }
            ctrl.set(false);
            bench.press(bench.terminal(), sends);
        })
    };
    html! {
        <section class="keybar" aria-label={bench.t(Key::TerminalKeys)}>
            { for KEYS.iter().map(|(text, sends, label)| html! {
                <button tabindex="-1" aria-label={label.map(|label| bench.t(label))} aria-pressed={sends.is_empty().then_some(if *ctrl { "true" } else { "false" })}
                    onpointerdown={key(sends)}>{ *text }</button>
            }) }
            <button tabindex="-1" class="keybar__go" aria-label={bench.t(Key::PressEnter)} onpointerdown={key("\r")}>{ icon("enter") }</button>
        </section>
    }
}
