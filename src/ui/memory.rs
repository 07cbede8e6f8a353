//! Keeps the session through reloads: its recording is in the browser's storage, and a little before it, an older one.
//!
//! If reopening a recording stops the engine, the next start finds the mark that was left, and takes the older one.
use std::cell::{Cell, RefCell};

use podground::session::{AtOnce, Options, Pace, at_once};

use super::dom::{forget, remember, remembered, wall_millis};
use super::engine::Session;
use super::shelf;

/// Age of the older recording when it is replaced.
const KEEP_OLDER_MILLIS: f64 = 20_000.0;
/// A reopened session that has run this long is sound.
const SOUND_AFTER_MILLIS: f64 = 3_000.0;

thread_local! {
    /// What was written down last, and where.
    static LAST: RefCell<Option<(Place, String)>> = const { RefCell::new(None) };
    static OLDER_SINCE: Cell<f64> = const { Cell::new(0.0) };
    static REFUSED: Cell<bool> = const { Cell::new(false) };
    static STOPPED: Cell<bool> = const { Cell::new(false) };
}

/// Where a recording belongs: one for each lesson and each sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Lesson(String),
    /// By topology.
    Sandbox(String),
}

/// The topology of the first sandbox and of the lessons.
pub const CLASSROOM: &str = "classroom";

impl Place {
    fn key(&self) -> String {
        match self {
            Place::Lesson(id) => format!("learn/{id}"),
            Place::Sandbox(topology) => format!("sandbox/{topology}"),
        }
    }

    /// The place of the last visit.
    pub fn last() -> Place {
        match remembered("place").as_deref().and_then(|key| key.split_once('/')) {
            Some(("learn", id)) => Place::Lesson(id.to_owned()),
            Some(("sandbox", topology)) => Place::Sandbox(topology.to_owned()),
            _ => Place::Sandbox(CLASSROOM.to_owned()),
        }
    }

    /// Where a session belongs.
    fn of(session: &Session) -> Place {
        let options = session.options();
        options.lesson.clone().map_or_else(|| Place::Sandbox(options.topology.clone()), Place::Lesson)
    }

    /// The address of the place, without `#/`.
    pub fn address(&self) -> String {
        self.key()
    }

    fn newest(&self) -> String {
        format!("session:{}", self.key())
    }

    fn older(&self) -> String {
        format!("older:{}", self.key())
    }
}

/// How the page found its session.
pub enum Found {
    /// There was none.
    Fresh(Session),
    Whole(Session),
    /// The newest recording could not be continued; this is the older one.
    Older(Session),
    /// Neither could be reopened, and why.
    Lost(Session, String),
}

/// Forgets what was recorded at a place.
pub fn forget_place(place: &Place) {
    forget(&place.newest());
    forget(&place.older());
}

/// Begins a new session at a place; what was recorded there is forgotten.
pub fn begin(place: &Place) -> Session {
    at_once(begin_at(place, &AtOnce))
}

async fn begin_at(place: &Place, pace: &dyn Pace) -> Session {
    remember("place", &place.key());
    forget_place(place);
    LAST.set(None);
    let (topology, lesson) = match place {
        Place::Lesson(id) => (CLASSROOM.to_owned(), Some(id.clone())),
        Place::Sandbox(topology) => (topology.clone(), None),
    };
    let millis = js_sys::Date::now();
    let options = Options {
        seed: (millis as u64) ^ ((js_sys::Math::random() * 4_294_967_296.0) as u64),
        topology,
        lesson,
        unix_time_at_start: (millis / 1000.0) as i64,
    };
    let course = shelf::course_at(pace).await;
    pace.breath().await;
    Session::start_at(options, course, pace).await
}

/// Goes on with what was recorded at a place, or begins there.
pub async fn reopen(place: &Place, pace: &dyn Pace) -> Found {
    let stopped_last_time = remembered("reopening").is_some();
    let (newest, older) = (remembered(&place.newest()), remembered(&place.older()));
    let Some(newest) = newest else { return Found::Fresh(begin_at(place, pace).await) };
    remember("place", &place.key());
    remember("reopening", "1");
    LAST.set(None);
    if !stopped_last_time && let Ok(session) = Session::restore_at(&newest, shelf::course_at(pace).await, pace).await {
        return Found::Whole(session);
    }
    let mut failure = String::new();
    if let Some(older) = older {
        match Session::restore_at(&older, shelf::course_at(pace).await, pace).await {
            Ok(session) => return Found::Older(session),
            Err(why) => failure = why,
        }
    }
    Found::Lost(begin_at(place, pace).await, failure)
}

/// Writes a session down at its own place, which the page may just have left; does nothing when nothing has happened since.
pub fn save(session: &Session) {
    if STOPPED.get() {
        return;
    }
    let text = session.save();
    let now = wall_millis();
    if now > SOUND_AFTER_MILLIS {
        forget("reopening");
    }
    let place = Place::of(session);
    let last = LAST.take().filter(|(of, _)| *of == place).map(|(_, text)| text);
    if last.as_ref() == Some(&text) {
        LAST.set(Some((place, text)));
        return;
    }
    if let Some(last) = last.filter(|_| now - OLDER_SINCE.get() > KEEP_OLDER_MILLIS) {
        OLDER_SINCE.set(now);
        remember(&place.older(), &last);
    }
    let kept = remember(&place.newest(), &text) || {
        // Two recordings may be too many; the newer one matters more.
        forget(&place.older());
        remember(&place.newest(), &text)
    };
    REFUSED.set(!kept);
    LAST.set(Some((place, text)));
}

/// The engine has stopped: what it did last must not be kept.
pub fn stop_saving() {
    STOPPED.set(true);
}

/// The browser's storage is full, or closed to us.
pub fn refused() -> bool {
    REFUSED.get()
}

/// Lessons that were finished in this browser, whatever became of their clusters.
pub fn passed() -> Vec<String> {
    let text = remembered("passed").unwrap_or_default();
    text.split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

/// Notes that a lesson was finished.
pub fn add_passed(id: &str) {
    let mut all = passed();
    if !all.iter().any(|known| known == id) {
        all.push(id.to_owned());
        remember("passed", &all.join(" "));
    }
}
