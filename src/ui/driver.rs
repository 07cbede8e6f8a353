//! Turns the browser's frames into virtual time, and what happened in it into what the page shows.
use std::cell::RefCell;
use std::rc::Rc;

use podground::session::{Outcome, RequestView};
use yew::prelude::*;

use super::bench::Doors;
use super::dom::{Frames, listen, wall_millis, window};
use super::engine::Session;
use super::live::Live;
use super::memory;
use super::page::{Page, Route};

/// Steps of the engine between two looks at the clock.
const STEPS_AT_ONCE: usize = 2_000;
/// Part of a frame (16 ms) that the engine may use.
const FRAME_BUDGET_MILLIS: f64 = 9.0;
/// A longer gap between two frames is a pause, not time to catch up with.
const LONGEST_FRAME_MILLIS: f64 = 250.0;
/// Views are looked at again after this time even if nothing happened: ages and countdowns move.
const LOOK_AGAIN_MILLIS: f64 = 500.0;
/// And not more often than this.
const LOOK_LEAST_MILLIS: f64 = 50.0;
/// Drawing takes at most one part in so many of the time, so that a crowded cluster does not slow the page down.
const LOOK_SHARE: f64 = 4.0;
const FRAME_MILLIS: f64 = 1000.0 / 60.0;
const SAVE_EVERY_MILLIS: f64 = 1_500.0;
/// How long a request stays drawn.
const REQUEST_SHOWN_MILLIS: f64 = 2_600.0;
/// At home time stands still, but the first machines may still come up.
const HOME_WARM_UP_MILLIS: u64 = 3_000;

struct Driver {
    session: Session,
    /// A moment of the past: it stands still and is not saved.
    past: bool,
    doors: Rc<Doors>,
    page: Rc<RefCell<Page>>,
    set_live: UseStateSetter<Live>,
    live: Live,
    last_frame: Option<f64>,
    /// Virtual milliseconds owed, less than one.
    carry: f64,
    looked: f64,
    /// How long the page took to draw what was last looked at.
    look_took: f64,
    saved: f64,
    /// Requests on show, and when each was first seen.
    requests: Vec<(RequestView, f64)>,
    page_seen: Option<Page>,
    generation: Option<u64>,
    last_request: u64,
}

impl Driver {
    fn new(session: Session, past: bool, doors: Rc<Doors>, page: Rc<RefCell<Page>>, set_live: UseStateSetter<Live>) -> Driver {
        Driver {
            session,
            past,
            doors,
            page,
            set_live,
            live: Live::default(),
            last_frame: None,
            carry: 0.0,
            looked: f64::MIN,
            look_took: 0.0,
            saved: 0.0,
            requests: Vec::new(),
            page_seen: None,
            generation: None,
            last_request: 0,
        }
    }

    fn frame(&mut self, time: f64) {
        let wall = self.last_frame.map_or(0.0, |last| (time - last).clamp(0.0, LONGEST_FRAME_MILLIS));
        if self.last_frame == Some(self.looked) {
            self.look_took = (time - self.looked - FRAME_MILLIS).max(0.0); // the page is drawn after the frame's own work
        }
        self.last_frame = Some(time);
        let page = self.page.borrow().clone();
        self.advance(wall, &page);
        for (id, widget) in self.doors.terminals.borrow().iter() {
            let bytes = self.session.take_terminal_output(*id);
            if !bytes.is_empty() {
                widget.write(&bytes);
            }
        }
        self.look(time, page);
        if !self.past && time - self.saved > SAVE_EVERY_MILLIS {
            self.saved = time;
            memory::save(&self.session);
        }
    }

    fn advance(&mut self, wall: f64, page: &Page) {
        if self.past {
            return;
        }
        let now = self.session.now_ms();
        let still = page.paused || (page.route == Route::Home && now > HOME_WARM_UP_MILLIS);
        let owed = if still { 0.0 } else { wall * f64::from(page.speed) + self.carry };
        self.carry = owed.fract();
        let target = now + owed as u64;
        let start = wall_millis();
        loop {
            let left = target.saturating_sub(self.session.now_ms());
            let progress = self.session.advance(left, STEPS_AT_ONCE);
            if !progress.busy || wall_millis() - start > FRAME_BUDGET_MILLIS {
                break;
            }
        }
    }

    fn look(&mut self, time: f64, page: Page) {
        let generation = self.session.generation();
        let page_changed = self.page_seen.as_ref() != Some(&page);
        let since = time - self.looked;
        let moved = self.generation != Some(generation) && since > LOOK_LEAST_MILLIS.max(self.look_took * LOOK_SHARE);
        if !moved && !page_changed && since < LOOK_AGAIN_MILLIS.max(self.look_took * LOOK_SHARE) {
            return;
        }
        self.looked = time;
        self.generation = Some(generation);
        let requests = self.requests(time);
        self.live.renew(&self.session, &page, requests);
        self.page_seen = Some(page);
        if let Some(lesson) = self.live.lesson.as_ref().filter(|lesson| lesson.passed) {
            memory::add_passed(&lesson.id);
        }
        self.set_live.set(self.live.clone());
    }

    fn requests(&mut self, time: f64) -> Vec<RequestView> {
        self.requests.retain(|(_, seen)| time - seen < REQUEST_SHOWN_MILLIS);
        let oldest = self.requests.first().map_or(self.last_request, |(request, _)| request.seq.saturating_sub(1));
        for new in self.session.requests_since(oldest) {
            if let Some((old, _)) = self.requests.iter_mut().find(|(old, _)| old.seq == new.seq) {
                if old.outcome == Outcome::Travelling {
                    *old = new;
                }
            } else if new.seq > self.last_request {
                self.last_request = new.seq;
                self.requests.push((new, time));
            }
        }
        self.requests.iter().map(|(request, _)| request.clone()).collect()
    }
}

/// Runs a session for as long as the component lives, and returns what to show of it.
#[hook]
pub fn use_live(session: &Session, epoch: u32, doors: &Rc<Doors>, page: &UseReducerHandle<Page>, past: bool) -> Live {
    let live = use_state_eq(Live::default);
    let mirror = use_mut_ref(|| (**page).clone());
    *mirror.borrow_mut() = (**page).clone();
    let (session, doors, set_live) = (session.clone(), doors.clone(), live.setter());
    use_effect_with((epoch, past), move |_| {
        let saved = session.clone();
        let flush = doors.clone();
        let mut driver = Driver::new(session, past, doors, mirror, set_live);
        let frames = Frames::start(move |time| driver.frame(time));
        let leaving = listen(&window(), "pagehide", move |_| {
            flush.flush();
            if !past {
                memory::save(&saved);
            }
        });
        move || drop((frames, leaving))
    });
    (*live).clone()
}
