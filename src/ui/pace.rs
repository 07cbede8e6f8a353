//! Opening a session takes a second on a slow phone. It is done in pieces, so that the page answers meanwhile.
use std::cell::Cell;

use podground::session::{LocalBoxFuture, Pace};
use wasm_bindgen::prelude::wasm_bindgen;

use super::dom::wall_millis;

/// When a piece is long enough. Its last step comes on top, and a slow phone takes four times as long for it as a good
/// laptop: together they stay below the 50 ms that go unnoticed.
const PIECE_MILLIS: f64 = 4.0;

#[wasm_bindgen]
extern "C" {
    /// Resolves when the browser has done what waited.
    #[wasm_bindgen(js_namespace = podground)]
    pub async fn breathe();
}

/// Lets the browser go on between two pieces of work.
pub struct BetweenTasks {
    /// When this piece began.
    since: Cell<f64>,
}

impl BetweenTasks {
    /// The first piece begins now.
    pub fn begin() -> BetweenTasks {
        BetweenTasks { since: Cell::new(wall_millis()) }
    }

    async fn pause(&self) {
        if wall_millis() - self.since.get() > PIECE_MILLIS {
            breathe().await;
            self.since.set(wall_millis());
        }
    }
}

impl Pace for BetweenTasks {
    fn breath(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.pause())
    }
}
