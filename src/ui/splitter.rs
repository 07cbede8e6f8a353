//! A gutter that moves: pointer, arrow keys (16 px), double click resets.
use wasm_bindgen::JsCast;
use yew::prelude::*;

use super::bench::use_bench;
use super::dom;
use super::i18n::Key;
use super::page::{Act, Edge, SIZES};

const KEY_STEP_PX: f64 = 16.0;

#[derive(Properties, PartialEq)]
pub struct SplitterProps {
    pub edge: Edge,
    pub label: Key,
}

/// A splitter between two panes.
#[component]
pub fn Splitter(props: &SplitterProps) -> Html {
    let bench = use_bench();
    let node = use_node_ref();
    let edge = props.edge;
    let size = bench.page.sizes.get(edge);
    // Where the pointer went down, and the size it had.
    let held = use_mut_ref(|| None::<(f64, f64)>);

    let down = {
        let held = held.clone();
        Callback::from(move |event: PointerEvent| {
            event.prevent_default();
            *held.borrow_mut() = Some((along(edge, &event), size));
            if let Some(target) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) {
                let _ = target.set_pointer_capture(event.pointer_id());
            }
        })
    };
    let moved = {
        let (held, bench, node) = (held.clone(), bench.clone(), node.clone());
        Callback::from(move |event: PointerEvent| {
            if let Some((from, was)) = *held.borrow() {
                let pixels = along(edge, &event) - from;
                bench.act(Act::Size(edge, was + direction(edge) * pixels / pixels_in_unit(edge, &node)));
            }
        })
    };
    let up = Callback::from(move |_: PointerEvent| *held.borrow_mut() = None);
    let key = {
        let (bench, node) = (bench.clone(), node.clone());
        Callback::from(move |event: KeyboardEvent| {
            let (least, greatest) = edge.limits();
            let step = direction(edge) * KEY_STEP_PX / pixels_in_unit(edge, &node);
            let next = match (event.key().as_str(), edge) {
                ("ArrowLeft", Edge::Lesson | Edge::Editor | Edge::Inspector) | ("ArrowUp", Edge::Picture) => size - step,
                ("ArrowRight", Edge::Lesson | Edge::Editor | Edge::Inspector) | ("ArrowDown", Edge::Picture) => size + step,
                ("Home", _) => least,
                ("End", _) => greatest,
                ("Enter", _) => {
                    event.prevent_default();
                    let folded = bench.page.folded.get(edge as usize).copied().unwrap_or(false);
                    bench.act(Act::Fold(edge, !folded));
                    return;
                }
                _ => return,
            };
            event.prevent_default();
            bench.act(Act::Size(edge, next));
        })
    };
    let (least, greatest) = edge.limits();
    let horizontal = edge == Edge::Picture;
    html! {
        <div
            ref={node}
            class={classes!("splitter", horizontal.then_some("splitter--h"), format!("splitter--{edge:?}").to_lowercase())}
            role="separator" tabindex="0"
            aria-orientation={if horizontal { "horizontal" } else { "vertical" }}
            aria-label={bench.t(props.label)}
            aria-valuenow={format!("{size:.0}")} aria-valuemin={format!("{least:.0}")} aria-valuemax={format!("{greatest:.0}")}
            onpointerdown={down} onpointermove={moved} onpointerup={up.clone()} onpointercancel={up} onkeydown={key}
            ondblclick={bench.on(Act::Size(edge, SIZES.get(edge)))}
        />
    }
}

fn along(edge: Edge, event: &PointerEvent) -> f64 {
    f64::from(if edge == Edge::Picture { event.client_y() } else { event.client_x() })
}

/// The inspector is at the right of its splitter: it grows to the left.
fn direction(edge: Edge) -> f64 {
    if edge == Edge::Inspector { -1.0 } else { 1.0 }
}

/// Sizes are rem, the picture's height is percent of the work area.
fn pixels_in_unit(edge: Edge, node: &NodeRef) -> f64 {
    if edge == Edge::Picture {
        let parent = node.cast::<web_sys::Element>().and_then(|element| element.parent_element());
        return parent.map_or(8.0, |area| f64::from(area.client_height()) / 100.0).max(1.0);
    }
    let root = dom::document().document_element();
    let style = root.and_then(|root| dom::window().get_computed_style(&root).ok().flatten());
    let size = style.and_then(|style| style.get_property_value("font-size").ok());
    size.and_then(|text| text.trim_end_matches("px").parse().ok()).unwrap_or(16.0)
}
