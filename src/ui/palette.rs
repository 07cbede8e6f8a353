//! The command palette (Ctrl or Cmd and K) and the list of shortcuts (`?`): every action of the page by keyboard.
use podground::session::Lang;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

use super::bench::{Bench, Travel, use_bench};
use super::dom::{self, document, listen, window};
use super::i18n::Key;
use super::icon::small_icon;
use super::live::Live;
use super::page::{Act, DeskTab, Edge, Route, Selected, Tab, Theme};
use super::templates::TEMPLATES;
use super::time;

/// Lines that the list shows at most.
const MOST_SHOWN: usize = 60;

/// What a line of the palette does.
#[derive(Clone)]
enum Deed {
    Do(Vec<Act>),
    Go(String),
    Run(String),
    New(usize),
    Step,
    Skip,
    Travel(Travel),
    Fault(String),
}

/// A line of the palette.
#[derive(Clone)]
struct Entry {
    sign: &'static str,
    text: String,
    deed: Deed,
}

#[derive(Properties, PartialEq)]
pub struct PaletteProps {
    pub live: Live,
}

/// The palette and the shortcuts; nothing is drawn while both are closed.
#[component]
pub fn Palette(props: &PaletteProps) -> Html {
    let bench = use_bench();
    use_openers(&bench);
    match (bench.page.palette, bench.page.help) {
        (true, _) => html! { <Search live={props.live.clone()} /> },
        (_, true) => html! { <Shortcuts /> },
        _ => Html::default(),
    }
}

/// Ctrl+K and `?` anywhere but where they mean something else.
#[hook]
fn use_openers(bench: &Bench) {
    let page = bench.page.dispatcher();
    use_effect_with((), move |()| {
        let listener = listen(&window(), "keydown", move |event| {
            let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
            let writing = is_writing();
            let palette = event.key().eq_ignore_ascii_case("k") && (event.meta_key() || event.ctrl_key() && !in_terminal());
            if palette {
                event.prevent_default();
                page.dispatch(Act::Palette(true));
            } else if event.key() == "?" && !writing {
                event.prevent_default();
                page.dispatch(Act::Help(true));
            }
        });
        move || drop(listener)
    });
}

fn in_terminal() -> bool {
    document().active_element().is_some_and(|element| element.closest(".term__host").ok().flatten().is_some())
}

fn is_writing() -> bool {
    document().active_element().is_some_and(|element| element.closest("input, textarea, select, .cm-content").ok().flatten().is_some())
}

fn entries(bench: &Bench, live: &Live) -> Vec<Entry> {
    let page = &bench.page;
    let entry = |sign, text: String, deed| Entry { sign, text, deed };
    let mut all = Vec::new();
    for lesson in bench.session.course(page.lang).parts.iter().flat_map(|part| &part.lessons).filter(|lesson| lesson.available) {
        let text = format!("{} {}. {}", bench.t(Key::LessonPane), lesson.number, lesson.title);
        all.push(entry("book", text, Deed::Go(format!("#/learn/{}", lesson.id))));
    }
    all.push(entry("logo", bench.t(Key::Home).to_owned(), Deed::Go("#/".to_owned())));
    all.push(entry("node", bench.t(Key::Sandbox).to_owned(), Deed::Go("#/sandbox/classroom".to_owned())));
    if page.route != Route::Home {
        all.extend(work_entries(bench, live));
    }
    let (lang, theme) = match (page.lang, page.theme) {
        (Lang::Ko, theme) => (Lang::En, theme),
        (Lang::En, theme) => (Lang::Ko, theme),
    };
    all.push(entry("lang", bench.t(Key::SwitchLanguage).to_owned(), Deed::Do(vec![Act::Lang(lang)])));
    let (next, key) = match theme {
        Theme::Dark => (Theme::Light, Key::ThemeToLight),
        Theme::Light => (Theme::Dark, Key::ThemeToDark),
    };
    all.push(entry("theme", bench.t(key).to_owned(), Deed::Do(vec![Act::Theme(next)])));
    all.push(entry("key", bench.t(Key::Shortcuts).to_owned(), Deed::Do(vec![Act::Help(true)])));
    all
}

fn work_entries(bench: &Bench, live: &Live) -> Vec<Entry> {
    let entry = |sign, text: String, deed| Entry { sign, text, deed };
    let mut all = Vec::new();
    for path in live.files.iter().filter(|path| !path.starts_with('.')) {
        let acts = vec![Act::File(Some(path.clone())), Act::Desk(DeskTab::Edit)];
        all.push(entry("file", path.clone(), Deed::Do(acts)));
    }
    for pod in &live.cluster.pods {
        let acts = vec![Act::Select(Some(Selected::Pod(pod.uid.clone()))), Act::Inspect(Some(Tab::Describe))];
        all.push(entry("pod", format!("{} {}", bench.t(Key::Inspect), pod.name), Deed::Do(acts)));
    }
    for (index, template) in TEMPLATES.iter().enumerate() {
        let text = format!("{}: {}", bench.t(Key::NewFile), bench.t(template.name));
        all.push(entry("plus", text, Deed::New(index)));
    }
    let paused = bench.page.paused;
    let pause = bench.t(if paused { Key::ResumeTime } else { Key::PauseTime });
    all.push(entry(if paused { "play" } else { "pause" }, pause.to_owned(), Deed::Do(vec![Act::Paused(!paused)])));
    all.push(entry("step", bench.t(Key::StepEvent).to_owned(), Deed::Step));
    all.push(entry("skip", bench.t(Key::SkipToChange).to_owned(), Deed::Skip));
    all.push(entry("undo", bench.t(Key::UndoCommand).to_owned(), Deed::Travel(Travel::Undo)));
    if bench.past.is_some() {
        all.push(entry("play", bench.t(Key::BackToNow).to_owned(), Deed::Travel(Travel::Back)));
        all.push(entry("branch", bench.t(Key::GoOnFromHere).to_owned(), Deed::Travel(Travel::Branch)));
    }
    if bench.has_other {
        all.push(entry("branch", bench.t(Key::OtherBranch).to_owned(), Deed::Travel(Travel::Other)));
    }
    all.push(entry("compare", bench.t(Key::CompareMoments).to_owned(), Deed::Do(vec![Act::Compare(true)])));
    all.push(entry("seq", bench.t(Key::Backstage).to_owned(), Deed::Do(vec![Act::Backstage(Some(None))])));
    all.push(entry("owner", bench.t(Key::Ownership).to_owned(), Deed::Do(vec![Act::Ownership(!bench.page.ownership)])));
    all.push(entry("present", bench.t(Key::Presenter).to_owned(), Deed::Do(vec![Act::Presenter(!bench.page.presenter)])));
    all.push(entry(
        "split",
        bench.t(Key::SplitTerminal).to_owned(),
        Deed::Do(vec![Act::Split(!bench.page.split), Act::Desk(DeskTab::Term)]),
    ));
    all.push(entry("plus", bench.t(Key::LettersLarger).to_owned(), Deed::Do(vec![Act::Letters(bench.page.letters + 1)])));
    all.push(entry("close", bench.t(Key::LettersSmaller).to_owned(), Deed::Do(vec![Act::Letters(bench.page.letters - 1)])));
    for (edge, key) in FOLDS {
        let folded = bench.page.folded.get(*edge as usize).copied().unwrap_or(false);
        let text = bench.f(if folded { Key::Unfold } else { Key::Fold }, &[bench.t(*key)]);
        all.push(entry("split", text, Deed::Do(vec![Act::Fold(*edge, !folded)])));
    }
    all.extend(fault_entries(bench, live));
    for speed in [1, 10, 100] {
        all.push(entry("play", format!("{} ×{speed}", bench.t(Key::Speed)), Deed::Do(vec![Act::Speed(speed)])));
    }
    let mut lines: Vec<&str> = Vec::new();
    for command in live.timeline.commands.iter().rev() {
        if !lines.contains(&command.line.as_str()) && lines.len() < 12 {
            lines.push(&command.line);
        }
    }
    all.extend(lines.into_iter().map(|line| entry("enter", line.to_owned(), Deed::Run(line.to_owned()))));
    all
}

/// What can be broken and healed.
fn fault_entries(bench: &Bench, live: &Live) -> Vec<Entry> {
    let mut words: Vec<String> = bench.session.faults().iter().map(|fault| format!("heal {fault}")).collect();
    for node in &live.cluster.nodes {
        words.extend(["network", "power", "kubelet", "memory", "disk"].map(|what| format!("{what} {}", node.name)));
    }
    words.extend(["registry", "slow-registry", "freeze kube-scheduler"].map(str::to_owned));
    words.into_iter().map(|words| Entry { sign: "bolt", text: format!("fault {words}"), deed: Deed::Fault(words) }).collect()
}

/// Panes that fold away.
const FOLDS: &[(Edge, Key)] = &[(Edge::Lesson, Key::LessonPane), (Edge::Picture, Key::PicturePane), (Edge::Editor, Key::EditorPane)];

fn carry_out(bench: &Bench, live: &Live, deed: &Deed) {
    bench.act(Act::Palette(false));
    match deed {
        Deed::Do(acts) => acts.iter().for_each(|act| bench.act(act.clone())),
        Deed::Go(address) => {
            let _ = window().location().set_hash(address);
        }
        Deed::Run(line) => bench.run(line),
        Deed::Step => time::step(bench),
        Deed::Skip => time::skip(bench),
        Deed::Travel(to) => bench.travel.emit(*to),
        Deed::Fault(words) => bench.fault(words),
        Deed::New(index) => {
            let Some(template) = TEMPLATES.get(*index) else { return };
            let path = template.free_path(&live.files);
            bench.session.write_file(&path, template.text);
            bench.act(Act::File(Some(path)));
            bench.act(Act::Desk(DeskTab::Edit));
        }
    }
}

/// Every word that was typed must be in the line, in any order.
fn fits(text: &str, typed: &str) -> bool {
    let text = text.to_lowercase();
    typed.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// The open palette.
#[component]
fn Search(props: &PaletteProps) -> Html {
    let bench = use_bench();
    let typed = use_state_eq(String::new);
    let at = use_state_eq(|| 0_usize);
    let before = use_mut_ref(|| document().active_element());
    use_effect_with((), move |()| {
        dom::focus(".palette input");
        move || {
            let back = before.borrow().clone().and_then(|element| element.dyn_into::<HtmlElement>().ok());
            if let Some(element) = back.filter(|element| element.is_connected()) {
                let _ = element.focus();
            }
        }
    });
    let mut found: Vec<Entry> = entries(&bench, &props.live).into_iter().filter(|entry| fits(&entry.text, &typed)).collect();
    if typed.starts_with("kubectl ") || typed.starts_with("k ") {
        found.insert(0, Entry { sign: "enter", text: (*typed).clone(), deed: Deed::Run((*typed).clone()) });
    }
    found.truncate(MOST_SHOWN);
    let chosen = (*at).min(found.len().saturating_sub(1));
    let oninput = {
        let (typed, at) = (typed.clone(), at.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                typed.set(input.value());
                at.set(0);
            }
        })
    };
    let onkeydown = {
        let (bench, at, live) = (bench.clone(), at.clone(), props.live.clone());
        let (count, deed) = (found.len().max(1), found.get(chosen).map(|entry| entry.deed.clone()));
        Callback::from(move |event: KeyboardEvent| {
            match event.key().as_str() {
                "ArrowDown" => at.set((chosen + 1) % count),
                "ArrowUp" => at.set((chosen + count - 1) % count),
                "Escape" => bench.act(Act::Palette(false)),
                "Enter" if !event.is_composing() => {
                    if let Some(deed) = &deed {
                        carry_out(&bench, &live, deed);
                    }
                }
                "Tab" => {} // the field is all there is
                _ => return,
            }
            event.prevent_default();
        })
    };
    let line = |(index, entry): (usize, &Entry)| {
        let (bench, live, deed) = (bench.clone(), props.live.clone(), entry.deed.clone());
        let click = Callback::from(move |_: MouseEvent| carry_out(&bench, &live, &deed));
        let selected = index == chosen;
        html! {
            <li id={format!("palette-{index}")} role="option" aria-selected={if selected { "true" } else { "false" }} onclick={click}>
                { small_icon(entry.sign) }<span>{ &entry.text }</span>
            </li>
        }
    };
    html! {
        <div class="veil" onclick={bench.on(Act::Palette(false))}>
            <div class="palette" role="dialog" aria-modal="true" aria-label={bench.t(Key::Find)} onclick={|event: MouseEvent| event.stop_propagation()}>
                <input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant={format!("palette-{chosen}")}
                    aria-label={bench.t(Key::Find)} placeholder={bench.t(Key::FindLong)} autocomplete="off" spellcheck="false" {oninput} {onkeydown} />
                <ul id="palette-list" role="listbox" aria-label={bench.t(Key::Find)}>
                    { for found.iter().enumerate().map(line) }
                </ul>
                if found.is_empty() {
                    <p class="palette__none" role="status">{ bench.t(Key::FindNothing) }</p>
                }
            </div>
        </div>
    }
}

/// Key and what it does.
const SHORTCUTS: &[(&str, Key)] = &[
    ("Ctrl K", Key::Find),
    ("F6", Key::HelpPanes),
    ("Esc", Key::HelpLeave),
    ("Ctrl Enter", Key::HelpApply),
    ("Ctrl .", Key::HelpFix),
    ("↑ ↓ ← →", Key::HelpTree),
    ("Enter", Key::HelpInspect),
    ("Tab", Key::HelpComplete),
    ("Ctrl C", Key::HelpInterrupt),
    ("?", Key::Shortcuts),
];

/// The list of shortcuts.
#[component]
fn Shortcuts() -> Html {
    let bench = use_bench();
    use_effect_with((), |()| {
        dom::focus(".shortcuts .btn");
    });
    let close = bench.on::<MouseEvent>(Act::Help(false));
    let key = {
        let bench = bench.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                bench.act(Act::Help(false));
            }
        })
    };
    html! {
        <div class="veil" onclick={close.clone()} onkeydown={key}>
            <div class="palette shortcuts" role="dialog" aria-modal="true" aria-label={bench.t(Key::Shortcuts)} onclick={|event: MouseEvent| event.stop_propagation()}>
                <h2>{ bench.t(Key::Shortcuts) }</h2>
                <dl>
                    { for SHORTCUTS.iter().map(|(keys, what)| html! { <div><dt><kbd class="kbd">{ *keys }</kbd></dt><dd>{ bench.t(*what) }</dd></div> }) }
                </dl>
                <button class="btn" onclick={close}>{ bench.t(Key::Close) }</button>
            </div>
        </div>
    }
}
