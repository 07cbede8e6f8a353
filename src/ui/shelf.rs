//! The lessons that have been fetched or brought. boot.js fetches them: the one of the address before the application
//! starts, others when they are opened. A teacher brings lessons of their own (web/src/teach.js); those count more.
use std::cell::RefCell;
use std::collections::BTreeMap;

use podground::session::{self, Course, Fault, Pace};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Fetches a lesson; false if it cannot be had.
    #[wasm_bindgen(js_namespace = podground, js_name = fetchLesson)]
    async fn fetch_lesson(id: &str) -> JsValue;
    /// The files of the lessons that were fetched since the last call, as JSON texts.
    #[wasm_bindgen(js_namespace = podground, js_name = takeLessons)]
    fn take_lessons() -> Vec<String>;
    /// What a teacher brought since the last call, as JSON texts.
    #[wasm_bindgen(js_namespace = podground, js_name = takeBrought)]
    fn take_brought() -> Vec<String>;
}

/// What came of a teacher's bringing something.
#[derive(Clone, Debug, PartialEq)]
pub enum Brought {
    /// The ids of the lessons, and whether the address asked for them.
    Lessons { ids: Vec<String>, asked: bool },
    /// Why nothing came of it: a code, and what there is to say of it.
    Refused { code: String, detail: String },
}

impl Brought {
    /// The ids of the lessons.
    pub fn lessons(&self) -> &[String] {
        if let Brought::Lessons { ids, .. } = self { ids } else { &[] }
    }

    /// Whether the address asked for them.
    pub fn asked(&self) -> bool {
        matches!(self, Brought::Lessons { asked: true, .. })
    }
}

thread_local! {
    static FETCHED: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
    static BROUGHT: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
    static UNTOLD: RefCell<Option<Brought>> = const { RefCell::new(None) };
}

fn texts(json: &str) -> BTreeMap<String, String> {
    serde_json::from_str(json).unwrap_or_default()
}

/// Puts what was brought on the shelf. Beside the files, what was brought says in `!how` how it came.
fn take_in() {
    for text in take_brought() {
        take_one(texts(&text));
    }
}

fn take_one(mut new: BTreeMap<String, String>) {
    let how = new.remove("!how").unwrap_or_default();
    if let Some(code) = new.remove("!code") {
        UNTOLD.set(Some(Brought::Refused { code, detail: new.remove("!detail").unwrap_or_default() }));
        return;
    }
    let ids: Vec<String> = new.keys().filter_map(|path| path.strip_suffix("/lesson.yaml")).map(str::to_owned).collect();
    BROUGHT.with_borrow_mut(|brought| {
        // What a lesson had before is gone; a file may have been deleted.
        brought.retain(|path, _| !ids.iter().any(|id| path.split('/').next() == Some(id)));
        brought.append(&mut new);
    });
    if how != "kept" {
        UNTOLD.set(Some(Brought::Lessons { ids, asked: how == "asked" }));
    }
}

/// What was brought since the last call.
pub fn news() -> Option<Brought> {
    take_in();
    UNTOLD.take()
}

/// Fetches a lesson unless it is there; false if it cannot be had.
pub async fn fetch(id: &str) -> bool {
    BROUGHT.with_borrow(|brought| brought.contains_key(&format!("{id}/lesson.yaml"))) || fetch_lesson(id).await.is_truthy()
}

fn all() -> BTreeMap<String, String> {
    take_in();
    FETCHED.with_borrow_mut(|fetched| {
        for text in take_lessons() {
            fetched.extend(texts(&text));
        }
        let mut all = fetched.clone();
        BROUGHT.with_borrow(|brought| all.extend(brought.clone()));
        all
    })
}

/// The course with all lessons that are there.
pub fn course() -> Course {
    session::course(&all())
}

/// The same in pieces, as `pace` has it.
pub async fn course_at(pace: &dyn Pace) -> Course {
    session::course_at(&all(), pace).await
}

/// What is wrong with lessons that were brought, without playing them.
pub fn faults(ids: &[String]) -> Vec<Fault> {
    session::lesson_faults(&all(), ids)
}
