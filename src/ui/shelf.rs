//! The lessons that have been fetched. boot.js fetches them: the one of the address before the application starts, others
//! when they are opened.
use std::cell::RefCell;
use std::collections::BTreeMap;

use podground::session::{self, Course};
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
}

thread_local! {
    static FETCHED: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// Fetches a lesson unless it is there; false if it cannot be had.
pub async fn fetch(id: &str) -> bool {
    fetch_lesson(id).await.is_truthy()
}

/// The course with all lessons that are there.
pub fn course() -> Course {
    FETCHED.with_borrow_mut(|fetched| {
        for text in take_lessons() {
            fetched.extend(serde_json::from_str::<BTreeMap<String, String>>(&text).unwrap_or_default());
        }
        session::course(fetched)
    })
}
