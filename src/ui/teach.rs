//! A teacher's lessons: what was dropped on the page or named by `?lessons=`, what is wrong with it as `podground check` says
//! it, and the way in.
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use podground::session::{Course, Fault, Lang, is_id, prove};
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{File, HtmlInputElement};
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::dom;
use super::i18n::Key;
use super::icon::{icon, small_icon};
use super::memory::{self, Place};
use super::shelf::{self, Brought};

#[wasm_bindgen]
extern "C" {
    /// Reads lessons from a zip file; `podground:brought` follows.
    #[wasm_bindgen(js_namespace = podground, js_name = bringFile)]
    fn bring_file(file: &File);
    /// A fault's words in Korean, as far as web/src/teach.js knows them.
    #[wasm_bindgen(js_namespace = podground, js_name = inKorean)]
    fn in_korean(text: &str) -> String;
}

/// The proof plays with this seed, as the command line does.
const SEED: u64 = 1;
/// The page draws between two parts of the proof.
const BREATH_MILLIS: u32 = 30;

/// What is known of what was brought.
#[derive(Clone)]
struct Report {
    brought: Brought,
    /// With the lessons that were brought.
    course: Rc<Course>,
    faults: Rc<Vec<Fault>>,
    /// The proof: the lesson and the part that come next; none before it and after it.
    playing: Option<(usize, usize)>,
    proved: bool,
}

impl Report {
    fn of(brought: Brought) -> Report {
        let faults = if brought.lessons().is_empty() { Vec::new() } else { shelf::faults(brought.lessons()) };
        Report { brought, course: Rc::new(shelf::course()), faults: Rc::new(faults), playing: None, proved: false }
    }

    /// Whether it can be opened and played.
    fn is_sound(&self, id: &str) -> bool {
        is_id(id) && self.course.lessons.get(id).is_some_and(|lesson| lesson.id == id)
    }

    /// The lesson's title; none if it cannot be opened.
    fn title(&self, id: &str, lang: Lang) -> Option<&str> {
        self.course.words(id, lang.code()).filter(|_| self.is_sound(id)).map(|words| words.title.as_str())
    }

    /// Plays one part more.
    fn play(&self) -> Report {
        let Some((lesson, part)) = self.playing else { return self.clone() };
        let next = |id: &String| if self.is_sound(id) { prove::prove_part(&self.course, id, SEED, part) } else { None };
        let found = self.brought.lessons().get(lesson).map(next);
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

#[derive(Clone, Properties, PartialEq)]
pub struct TeachProps {
    pub start_over: Callback<()>,
    /// Of the session that is open, without `#/`.
    pub address: String,
}

/// The panel; nothing until something was brought.
#[component]
pub fn Teach(props: &TeachProps) -> Html {
    let bench = use_bench();
    let report = use_state(|| None::<Report>);
    // How often something was brought.
    let times = use_state(|| 0_u32);
    {
        let (report, times) = (report.setter(), times.setter());
        use_effect_with((), move |()| {
            let mut count = 0;
            let mut look = move || {
                if let Some(brought) = shelf::news() {
                    count += 1;
                    report.set(Some(Report::of(brought)));
                    times.set(count);
                }
            };
            look();
            let listener = dom::listen(&dom::window(), "podground:brought", move |_| look());
            move || drop(listener)
        });
    }
    {
        let now = (*report).clone();
        let (props, lang) = (props.clone(), bench.page.lang);
        use_effect_with(*times, move |_| {
            if let Some(now) = now {
                open_the_only(&props, &now, lang);
            }
        });
    }
    {
        let (now, report) = ((*report).clone(), report.setter());
        use_effect_with(now.as_ref().and_then(|now| now.playing), move |playing| {
            let next = now.filter(|_| playing.is_some()).map(|now| Timeout::new(BREATH_MILLIS, move || report.set(Some(now.play()))));
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
    let can_play = now.playing.is_none() && !now.proved && now.brought.lessons().iter().any(|id| now.is_sound(id));
    html! {
        <aside class="teach pane" aria-label={bench.t(Key::TeachTitle)}>
            <header>
                <h2>{ bench.t(Key::TeachTitle) }</h2><span class="grow" />
                <button class="btn btn--quiet btn--icon" aria-label={bench.t(Key::Close)} onclick={close}>{ icon("close") }</button>
            </header>
            <ul class="teach__lessons">{ for now.brought.lessons().iter().map(|id| lesson_line(&bench, props, &now, id)) }</ul>
            <p role="status">{ verdict(&bench, &now) }</p>
            if !now.faults.is_empty() {
                <ol class="teach__faults">{ for now.faults.iter().map(|one| fault(&bench, one)) }</ol>
            }
            if can_play {
                <button class="btn" onclick={play}>{ small_icon("play") }{ bench.t(Key::TeachProve) }</button>
            }
        </aside>
    }
}

fn lesson_line(bench: &Bench, props: &TeachProps, report: &Report, id: &str) -> Html {
    let title = report.title(id, bench.page.lang);
    html! {
        <li><span>{ title.filter(|title| !title.is_empty()).unwrap_or(id) }</span><span class="grow" />
            if title.is_some() {
                <button class="btn btn--go" onclick={open(props, id).reform(|_: MouseEvent| ())}>{ bench.t(Key::TeachOpen) }</button>
            }
        </li>
    }
}

/// What was brought is one lesson: it opens by itself, unless the page has just started at another place.
fn open_the_only(props: &TeachProps, report: &Report, lang: Lang) {
    let [id] = report.brought.lessons() else { return };
    let elsewhere = report.brought.asked() && !dom::window().location().hash().unwrap_or_default().is_empty();
    if report.title(id, lang).is_some() && !elsewhere {
        open(props, id).emit(());
    }
}

/// Opens a lesson from its start, as it is now.
fn open(props: &TeachProps, id: &str) -> Callback<()> {
    let place = Place::Lesson(id.to_owned());
    let (start_over, here) = (props.start_over.clone(), props.address == place.address());
    Callback::from(move |()| {
        if here {
            start_over.emit(());
        } else {
            memory::forget_place(&place);
        }
        let _ = dom::window().location().set_hash(&format!("#/{}", place.address()));
    })
}

fn verdict(bench: &Bench, report: &Report) -> String {
    if let Brought::Refused { code, detail } = &report.brought {
        return refusal(bench, code, detail);
    }
    match (report.playing, report.proved) {
        (Some((_, part)), _) => bench.f(Key::TeachPlaying, &[&(part + 1).to_string()]),
        (None, true) if report.faults.is_empty() => bench.t(Key::TeachProved).to_owned(),
        (None, false) if report.faults.is_empty() => bench.t(Key::TeachSound).to_owned(),
        _ => bench.f(Key::TeachFaults, &[&report.faults.len().to_string()]),
    }
}

fn fault(bench: &Bench, fault: &Fault) -> Html {
    let place = if fault.line == 0 { fault.file.clone() } else { format!("{}:{}", fault.file, fault.line) };
    let say = |text: &str| if bench.page.lang == Lang::Ko { in_korean(text) } else { text.to_owned() };
    html! { <li><code>{ place }</code><span>{ format!("{}.", say(&fault.what).trim_end_matches('.')) }</span><em>{ say(&fault.remedy) }</em></li> }
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
