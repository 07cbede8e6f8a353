//! The application: finds the session, follows the address, and shows the home screen or the workbench.
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use podground::session::{AtOnce, Lang, Pace, at_once};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::bench::{Bench, Doors, Past, Travel, use_bench};
use super::dom::{document, listen, set_root_attribute, window};
use super::driver::use_live;
use super::engine::Session;
use super::home::Home;
use super::i18n::{Key, fill};
use super::icon::icon;
use super::live::Live;
use super::memory::{self, Found, Place};
use super::pace::{BetweenTasks, breathe};
use super::page::{Act, Page, Route};
use super::palette::Palette;
use super::shelf;
use super::teach::Teach;
use super::workbench::Workbench;

/// Nothing that is seen at first waits for the descriptions of fields.
const DOCS_AFTER_MILLIS: u32 = 2_500;

/// The session that is open, and where.
#[derive(Clone)]
struct Open {
    session: Session,
    epoch: u32,
    place: Place,
    /// The present, while `session` is a moment of the past; and its score.
    present: Option<(Session, Rc<Past>)>,
    /// The branch that was left.
    other: Option<Session>,
}

impl Open {
    /// What is being worked on, whichever moment is shown.
    fn present(&self) -> &Session {
        self.present.as_ref().map_or(&self.session, |(present, _)| present)
    }

    /// Goes where asked; the text says what happened, if that must be said.
    fn travel(&self, to: Travel, lang: Lang) -> Option<(Open, Option<String>)> {
        let moved = |session: Session| Open { session, epoch: self.epoch + 1, ..self.clone() };
        let now = self.present().clone();
        Some(match to {
            Travel::To(millis) if millis >= now.now_ms() => return self.travel(Travel::Back, lang),
            Travel::To(millis) => match now.at(millis) {
                Ok(then) => {
                    let past = Rc::new(Past { timeline: now.timeline() });
                    (Open { present: Some((now, past)), ..moved(then) }, None)
                }
                Err(why) => (self.clone(), Some(fill(Key::CannotGoThere.text(lang), &[&why]))),
            },
            Travel::Back => {
                self.present.as_ref()?;
                (Open { present: None, ..moved(now) }, None)
            }
            Travel::Branch => {
                self.present.as_ref()?;
                (Open { present: None, other: Some(now), epoch: self.epoch + 1, ..self.clone() }, Some(Key::Branched.text(lang).to_owned()))
            }
            Travel::Undo => match now.before_last_command() {
                Some((then, line)) => {
                    let said = fill(Key::Undone.text(lang), &[&line]);
                    (Open { present: None, other: Some(now), ..moved(then) }, Some(said))
                }
                None => (self.clone(), Some(Key::NothingToUndo.text(lang).to_owned())),
            },
            Travel::ResetStep => {
                let then = now.at_step_start().ok()?;
                (Open { present: None, other: Some(now), ..moved(then) }, Some(Key::StepReset.text(lang).to_owned()))
            }
            Travel::Other => {
                let other = self.other.clone()?;
                (Open { present: None, other: Some(now), ..moved(other) }, None)
            }
        })
    }
}

fn place_of(route: &Route) -> Option<Place> {
    match route {
        Route::Lesson(id) => Some(Place::Lesson(id.clone())),
        Route::Sandbox(topology) => Some(Place::Sandbox(topology.clone())),
        Route::Home | Route::Work => None,
    }
}

/// Opens the session of a place; the text says what went wrong, if anything did.
async fn open(place: Place, epoch: u32, lang: Lang, pace: &dyn Pace) -> (Open, Option<String>) {
    let (session, notice) = match memory::reopen(&place, pace).await {
        Found::Fresh(session) | Found::Whole(session) => (session, None),
        Found::Older(session) => (session, Some(Key::Restored.text(lang).to_owned())),
        Found::Lost(session, why) => (session, Some(fill(Key::RestoreFailed.text(lang), &[&why]))),
    };
    // A lesson of a teacher's own that has not been brought again, or one that could not be fetched.
    let missing = matches!(&place, Place::Lesson(_)) && session.lesson(lang).is_none();
    let notice = notice.or_else(|| missing.then(|| Key::NotFetched.text(lang).to_owned()));
    (Open { session, epoch, place, present: None, other: None }, notice)
}

/// What the page begins with.
#[derive(Clone)]
pub struct First(Rc<(Open, Option<String>)>);

impl PartialEq for First {
    fn eq(&self, other: &First) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl First {
    /// Opens the session of the address, or that of the last visit, while the browser goes on.
    pub async fn open() -> First {
        breathe().await; // the browser has just made the application ready, in one piece
        let page = Page::remembered();
        let place = place_of(&page.route).unwrap_or_else(Place::last);
        let opened = open(place, 1, page.lang, &BetweenTasks::begin()).await;
        // Another lesson may have been chosen on the first view meanwhile.
        if let Route::Lesson(id) = Page::remembered().route {
            shelf::fetch(&id).await;
        }
        First(Rc::new(opened))
    }
}

#[derive(Properties, PartialEq)]
pub struct AppProps {
    pub first: First,
}

/// The root component.
#[component]
pub fn App(props: &AppProps) -> Html {
    let page = use_reducer_eq(Page::remembered);
    let opened = use_state(|| (*props.first.0).clone());
    let doors = use_memo((), |_| Doors::default());
    use_address(&page);
    use_surroundings(&page);

    {
        let (opened, page, doors) = (opened.clone(), page.clone(), doors.clone());
        use_effect_with(page.route.clone(), move |route| {
            let current = &opened.0;
            if let Some(place) = place_of(route).filter(|place| *place != current.place) {
                doors.flush(); // what was typed belongs to the session that is left
                memory::save(current.present());
                page.dispatch(Act::Fresh);
                opened.set(at_once(open(place, current.epoch + 1, page.lang, &AtOnce)));
            }
        });
    }
    {
        let (page, notice) = (page.dispatcher(), opened.1.clone());
        use_effect_with(opened.0.epoch, move |_| page.dispatch(Act::Notice(notice)));
    }
    let start_over = {
        let (opened, page, doors) = (opened.clone(), page.clone(), doors.clone());
        Callback::from(move |()| {
            doors.flush();
            let current = &opened.0;
            let session = memory::begin(&current.place);
            page.dispatch(Act::Fresh);
            opened.set((Open { session, epoch: current.epoch + 1, place: current.place.clone(), present: None, other: None }, None));
        })
    };

    let travel = {
        let (opened, page, doors) = (opened.clone(), page.clone(), doors.clone());
        Callback::from(move |to: Travel| {
            doors.flush();
            if opened.0.present.is_none() {
                memory::save(&opened.0.session);
            }
            if let Some((open, said)) = opened.0.travel(to, page.lang) {
                page.dispatch(Act::Menu(None));
                page.dispatch(Act::Notice(said.clone()));
                opened.set((open, said));
            }
        })
    };

    let current = &opened.0;
    let past = current.present.as_ref().map(|(_, past)| past.clone());
    let live = use_live(&current.session, current.epoch, &doors, &page, past.is_some());
    use_docs(&current.session, current.epoch, page.route != Route::Home);
    use_title(&page.route, &live);
    let bench = Bench {
        session: current.session.clone(),
        epoch: current.epoch,
        page: page.clone(),
        doors: doors.clone(),
        past,
        present: current.present.as_ref().map(|(present, _)| present.clone()),
        has_other: current.other.is_some(),
        travel,
    };
    html! {
        <ContextProvider<Bench> context={bench}>
            <Notice />
            <NewVersion />
            <Palette live={live.clone()} />
            { screen(&page.route, live, start_over.clone(), &current.place) }
            <Teach {start_over} address={current.place.address()} />
        </ContextProvider<Bench>>
    }
}

fn screen(route: &Route, live: Live, start_over: Callback<()>, place: &Place) -> Html {
    match route {
        Route::Home => html! { <Home {live} {start_over} address={place.address()} /> },
        _ => html! { <Workbench {live} {start_over} /> },
    }
}

/// A line that says what went wrong and was mended.
#[component]
fn Notice() -> Html {
    let bench = use_bench();
    let storage = memory::refused().then(|| bench.t(Key::StorageFull).to_owned());
    let Some(text) = bench.page.notice.clone().or(storage) else { return Html::default() };
    html! {
        <div class="notice line" role="alert">
            { icon("undo") }<span>{text}</span><span class="grow" />
            <button class="btn btn--quiet btn--icon" aria-label={bench.t(Key::Close)} onclick={bench.on(Act::Notice(None))}>
                { icon("close") }
            </button>
        </div>
    }
}

/// The descriptions of fields come when the rest of a workbench is there.
#[hook]
fn use_docs(session: &Session, epoch: u32, wanted: bool) {
    let session = session.clone();
    use_effect_with((epoch, wanted), move |_| {
        let later = wanted.then(|| {
            Timeout::new(DOCS_AFTER_MILLIS, move || {
                spawn_local(async move {
                    if let Some(docs) = super::widgets::file_text("docs.json").await {
                        session.take_docs(docs, super::widgets::file_text("help.txt").await.unwrap_or_default());
                    }
                });
            })
        });
        move || drop(later)
    });
}

/// A newer page has been put in place of this one: a line says so.
#[component]
fn NewVersion() -> Html {
    let bench = use_bench();
    let there = use_state_eq(|| false);
    {
        let there = there.setter();
        use_effect_with((), move |()| {
            let listener = listen(&window(), "podground:new-version", move |_| there.set(true));
            move || drop(listener)
        });
    }
    if !*there {
        return Html::default();
    }
    let reload = {
        let bench = bench.clone();
        Callback::from(move |_: MouseEvent| {
            bench.doors.flush();
            let _ = window().location().reload();
        })
    };
    html! {
        <div class="notice line" role="status">
            { icon("offline") }<span>{ bench.t(Key::NewVersion) }</span><span class="grow" />
            <button class="btn" onclick={reload}>{ bench.t(Key::Reload) }</button>
        </div>
    }
}

/// The document is called after what is on the page.
#[hook]
fn use_title(route: &Route, live: &Live) {
    let lesson = live.lesson.as_ref().filter(|_| *route != Route::Home).map(|lesson| lesson.title.clone());
    use_effect_with(lesson, |lesson| {
        let title = lesson.as_ref().map_or_else(|| "Podground".to_owned(), |lesson| format!("{lesson} · Podground"));
        document().set_title(&title);
    });
}

/// Follows the part of the address behind `#`.
#[hook]
fn use_address(page: &UseReducerHandle<Page>) {
    let page = page.dispatcher();
    use_effect_with((), move |()| {
        let listener = listen(&window(), "hashchange", move |_| {
            let hash = window().location().hash().unwrap_or_default();
            let (page, route) = (page.clone(), Route::parse(&hash));
            spawn_local(async move {
                // A lesson is fetched first; without it the sandbox is better than nothing.
                if let Route::Lesson(id) = &route
                    && !shelf::fetch(id).await
                {
                    page.dispatch(Act::NotFetched);
                    return;
                }
                page.dispatch(Act::Route(route));
            });
        });
        move || drop(listener)
    });
}

/// Tells the document the language, the theme, the pane and the title, and remembers what outlives a reload.
#[hook]
fn use_surroundings(page: &UseReducerHandle<Page>) {
    let page: Rc<Page> = Rc::new((**page).clone());
    // Before the effects of what is inside, which measure by these: an effect of ours would run after theirs.
    use_memo(page.clone(), |page| {
        set_root_attribute("lang", page.lang.code());
        set_root_attribute("data-theme", page.theme.code());
        set_root_attribute("data-pane", page.pane.code());
        set_root_attribute("data-present", if page.presenter { "on" } else { "off" });
    });
    use_effect_with(page, |page| page.remember());
}
