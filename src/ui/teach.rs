//! A teacher's lessons: what was dropped on the page or named by `?lessons=`, what is wrong with it as `podground check` says
//! it, and the way in.
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use podground::session::{Course, Fault, prove};
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{File, HtmlInputElement};
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::dom;
use super::i18n::Key;
use super::icon::{icon, small_icon};
use super::memory::{self, Place};
use super::page::Act;
use super::shelf::{self, Brought};

#[wasm_bindgen]
extern "C" {
    /// Reads lessons from a zip file; `podground:brought` follows.
    #[wasm_bindgen(js_namespace = podground, js_name = bringFile)]
    fn bring_file(file: &File);
}

/// The proof plays with this seed, as the command line does.
const SEED: u64 = 1;
/// The page draws between two parts of the proof.
const BREATH_MILLIS: u32 = 30;

/// What is known of the lessons that were brought.
#[derive(Clone, PartialEq)]
struct Report {
    lessons: Vec<(String, String)>,
    faults: Rc<Vec<Fault>>,
    /// The proof: the lesson and the part that come next; none before it and after it.
    playing: Option<(usize, usize)>,
    proved: bool,
}

impl Report {
    fn of(bench: &Bench, ids: Vec<String>) -> Report {
        let faults = Rc::new(shelf::faults(&ids));
        let course = shelf::course();
        let title = |id: &str| course.words(id, bench.page.lang.code()).map_or_else(|| id.to_owned(), |words| words.title.clone());
        let lessons = ids.into_iter().map(|id| (id.clone(), title(&id))).collect();
        Report { lessons, faults, playing: None, proved: false }
    }

    /// Plays one part more.
    fn play(&self, course: &Course) -> Report {
        let Some((lesson, part)) = self.playing else { return self.clone() };
        let found = self.lessons.get(lesson).map(|(id, _)| prove::prove_part(course, id, SEED, part));
        match found {
            None => Report { playing: None, proved: true, ..self.clone() },
            Some(None) => Report { playing: Some((lesson + 1, 0)), ..self.clone() },
            Some(Some(new)) => {
                let mut faults = (*self.faults).clone();
                faults.extend(new);
                Report { playing: Some((lesson, part + 1)), faults: Rc::new(faults), ..self.clone() }
            }
        }
    }
}

#[derive(Properties, PartialEq)]
pub struct TeachProps {
    pub start_over: Callback<()>,
    /// Of the session that is open, without `#/`.
    pub address: String,
}

/// The panel; nothing until something was brought.
#[component]
pub fn Teach(props: &TeachProps) -> Html {
    let bench = use_bench();
    let report = use_state_eq(|| None::<Report>);
    {
        let (bench, report) = (bench.clone(), report.setter());
        use_effect_with((), move |()| {
            let look = move || match shelf::news() {
                Some(Brought::Lessons(ids)) => report.set(Some(Report::of(&bench, ids))),
                Some(Brought::Refused(code, detail)) => bench.act(Act::Notice(Some(refusal(&bench, &code, &detail)))),
                None => {}
            };
            look();
            let listener = dom::listen(&dom::window(), "podground:brought", move |_| look());
            move || drop(listener)
        });
    }
    {
        let (now, report) = ((*report).clone(), report.setter());
        use_effect_with(now, move |now| {
            let next = now.clone().filter(|now| now.playing.is_some()).map(|now| {
                Timeout::new(BREATH_MILLIS, move || report.set(Some(now.play(&shelf::course()))))
            });
            move || drop(next)
        });
    }
    let Some(now) = (*report).clone() else { return Html::default() };
    let close = {
        let report = report.setter();
        Callback::from(move |_: MouseEvent| report.set(None))
    };
    let play = {
        let (report, now) = (report.setter(), now.clone());
        Callback::from(move |_: MouseEvent| report.set(Some(Report { playing: Some((0, 0)), ..now.clone() })))
    };
    html! {
        <aside class="teach pane" aria-label={bench.t(Key::TeachTitle)}>
            <header>
                <h2>{ bench.t(Key::TeachTitle) }</h2><span class="grow" />
                <button class="btn btn--quiet btn--icon" aria-label={bench.t(Key::Close)} onclick={close}>{ icon("close") }</button>
            </header>
            <ul class="teach__lessons">
                { for now.lessons.iter().map(|(id, title)| html! {
                    <li><span>{ title }</span><span class="grow" />
                        <button class="btn btn--go" onclick={open(props, id)}>{ bench.t(Key::TeachOpen) }</button>
                    </li>
                }) }
            </ul>
            <p role="status">{ verdict(&bench, &now) }</p>
            if !now.faults.is_empty() {
                <ol class="teach__faults" lang="en">{ for now.faults.iter().map(fault) }</ol>
            }
            if now.playing.is_none() && !now.proved {
                <button class="btn" onclick={play}>{ small_icon("play") }{ bench.t(Key::TeachProve) }</button>
            }
        </aside>
    }
}

/// Opens a lesson from its start, as it is now.
fn open(props: &TeachProps, id: &str) -> Callback<MouseEvent> {
    let place = Place::Lesson(id.to_owned());
    let (start_over, here) = (props.start_over.clone(), props.address == place.address());
    Callback::from(move |_: MouseEvent| {
        if here {
            start_over.emit(());
        } else {
            memory::forget_place(&place);
        }
        let _ = dom::window().location().set_hash(&format!("#/{}", place.address()));
    })
}

fn verdict(bench: &Bench, report: &Report) -> String {
    let count = report.faults.len().to_string();
    match (report.playing, report.proved) {
        (Some((_, part)), _) => bench.f(Key::TeachPlaying, &[&(part + 1).to_string()]),
        (None, true) if report.faults.is_empty() => bench.t(Key::TeachProved).to_owned(),
        (None, false) if report.faults.is_empty() => bench.t(Key::TeachSound).to_owned(),
        _ => bench.f(Key::TeachFaults, &[&count]),
    }
}

fn fault(fault: &Fault) -> Html {
    let place = if fault.line == 0 { fault.file.clone() } else { format!("{}:{}", fault.file, fault.line) };
    html! { <li><code>{ place }</code><span>{ format!("{}.", fault.what) }</span><em>{ &fault.remedy }</em></li> }
}

fn refusal(bench: &Bench, code: &str, detail: &str) -> String {
    let key = match code {
        "no-lesson" => Key::TeachNoLesson,
        "too-large" => Key::TeachTooLarge,
        "not-a-zip" => Key::TeachNotZip,
        "foreign" => Key::TeachForeign,
        "not-found" => Key::TeachNotFound,
        _ => Key::TeachUnreadable,
    };
    bench.f(key, &[detail])
}

/// The button that takes a zip, for those who cannot drop one.
#[component]
pub fn TeachButton() -> Html {
    let bench = use_bench();
    let bring = Callback::from(|event: Event| {
        if let Some(file) = event.target_dyn_into::<HtmlInputElement>().and_then(|input| input.files()?.get(0)) {
            bring_file(&file);
        }
    });
    html! {
        <label class="btn btn--quiet" title={bench.t(Key::TeachHow)}>{ small_icon("file") }{ bench.t(Key::TeachBring) }
            <input class="vh" type="file" accept=".zip,application/zip" onchange={bring} />
        </label>
    }
}
