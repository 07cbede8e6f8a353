//! The first view, which the page came with (web/first.mjs), lies before the application until that is drawn.
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::dom::{self, document};
use super::live::Live;
use super::pace::breathe;

const FIRST: &str = "first";

/// The curtain goes when a screen is drawn whole, with the session's machines.
#[hook]
pub fn use_curtain(live: &Live, whole: bool) {
    let drawn = whole && (!live.cluster.nodes.is_empty() || live.timeline.now_ms > 0);
    use_effect_with(drawn, |drawn| {
        if *drawn {
            dom::remove(FIRST);
            dom::remove("boot");
        }
    });
}

/// How many of a screen's `all` pieces may be drawn by now. Behind the curtain one comes after the other, so that none
/// keeps a slow phone for long; without it all come at once.
#[hook]
pub fn use_pieces(all: usize) -> usize {
    let there = use_state_eq(|| if document().get_element_by_id(FIRST).is_some() { 1 } else { all });
    {
        let there = there.clone();
        use_effect_with(*there, move |count| {
            let next = count + 1;
            if next <= all {
                spawn_local(async move {
                    breathe().await;
                    there.set(next);
                });
            }
        });
    }
    *there
}
