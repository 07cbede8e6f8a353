//! The lessons that have been fetched or brought. boot.js fetches them: the one of the address before the application
//! starts, others when they are opened. A teacher brings lessons of their own (web/src/teach.js); those count more.
use std::cell::RefCell;
use std::collections::BTreeMap;

use podground::session::{self, Course, Fault};
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
    /// What a teacher brought since the last call, as a JSON text.
    #[wasm_bindgen(js_namespace = podground, js_name = takeBrought)]
    fn take_brought() -> Option<String>;
}

/// What came of a teacher's bringing something.
#[derive(Clone, Debug, PartialEq)]
pub enum Brought {
    /// The ids of the lessons.
    Lessons(Vec<String>),
    /// Why nothing came of it: a code, and what there is to say of it.
    Refused(String, String),
}

thread_local! {
    static FETCHED: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
    static BROUGHT: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
    static UNTOLD: RefCell<Option<Brought>> = const { RefCell::new(None) };
}

fn texts(json: &str) -> BTreeMap<String, String> {
    serde_json::from_str(json).unwrap_or_default()
}

/// Puts what was brought on the shelf.
fn take_in() {
    let Some(mut new) = take_brought().map(|json| texts(&json)) else { return };
    UNTOLD.set(Some(match new.remove("!") {
        Some(code) => Brought::Refused(code, new.remove("detail").unwrap_or_default()),
        None => {
            let ids: Vec<String> = new.keys().filter_map(|path| path.strip_suffix("/lesson.yaml")).map(str::to_owned).collect();
            BROUGHT.with_borrow_mut(|brought| {
                // What a lesson had before is gone; a file may have been deleted.
                brought.retain(|path, _| !ids.iter().any(|id| path.split('/').next() == Some(id)));
                brought.append(&mut new);
            });
            Brought::Lessons(ids)
        }
    }));
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

/// What is wrong with lessons that were brought, without playing them.
pub fn faults(ids: &[String]) -> Vec<Fault> {
    session::lesson_faults(&all(), ids)
}
