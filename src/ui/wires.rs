//! Lines over the picture that must be measured: the cone from a pod to its cutaway, and requests between pods.
use podground::session::{ClusterView, Endpoint, Outcome, RequestView};
use web_sys::{DomRect, Element};
use yew::prelude::*;

use super::dom::{listen, window};
use super::live::Snap;

/// A box's place on the stage, in pixels.
fn place(stage: &Element, selector: &str) -> Option<DomRect> {
    let element = stage.query_selector(selector).ok()??;
    let (outer, inner) = (stage.get_bounding_client_rect(), element.get_bounding_client_rect());
    if inner.width() == 0.0 {
        return None;
    }
    DomRect::new_with_x_and_y_and_width_and_height(
        inner.x() - outer.x() + f64::from(stage.scroll_left()),
        inner.y() - outer.y() + f64::from(stage.scroll_top()),
        inner.width(),
        inner.height(),
    )
    .ok()
}

#[derive(Properties, PartialEq)]
pub struct ConeProps {
    pub uid: Option<String>,
    /// Only to be measured again when it changes.
    pub cluster: Snap<ClusterView>,
    pub stage: NodeRef,
}

/// The zoom cone from the selected pod to its cutaway.
#[component]
pub fn Cone(props: &ConeProps) -> Html {
    let path = use_state_eq(|| None::<(String, String)>);
    let resized = use_state(|| 0_u32);
    {
        let resized = resized.clone();
        use_effect_with((), move |()| {
            let counter = std::cell::Cell::new(0);
            let listener = listen(&window(), "resize", move |_| {
                counter.set(counter.get() + 1);
                resized.set(counter.get());
            });
            move || drop(listener)
        });
    }
    let (stage, uid, set) = (props.stage.clone(), props.uid.clone(), path.setter());
    use_effect(move || set.set(uid.and_then(|uid| cone(&stage.cast::<Element>()?, &uid))));
    let Some((area, lines)) = (*path).clone() else { return Html::default() };
    html! {
        <svg class="cone" aria-hidden="true">
            <path d={area} fill="var(--ink)" fill-opacity=".05" />
            <path d={lines} stroke="var(--ink-2)" fill="none" />
        </svg>
    }
}

fn cone(stage: &Element, uid: &str) -> Option<(String, String)> {
    let pod = place(stage, &format!("[data-uid='{uid}']"))?;
    let cut = place(stage, ".cut")?;
    if cut.y() > pod.bottom() {
        return None; // one above the other, as on a phone
    }
    // It comes out from behind the machine: other pods stay readable.
    let machine = place(stage, &format!(".machine:has([data-uid='{uid}']), .shelf:has([data-uid='{uid}'])"))?;
    let (x0, x1) = (machine.right(), cut.left());
    let (y0, y1) = (pod.top() + 4.0, pod.bottom() - 4.0);
    let (top, bottom) = (cut.top() + 20.0, cut.bottom() - 20.0);
    Some((format!("M{x0} {y0}L{x1} {top}V{bottom}L{x0} {y1}Z"), format!("M{x0} {y0}L{x1} {top}M{x0} {y1}L{x1} {bottom}")))
}

#[derive(Properties, PartialEq)]
pub struct TravellersProps {
    pub requests: Snap<Vec<RequestView>>,
    pub stage: NodeRef,
}

/// Requests that leave a pod, flying over the rack.
#[component]
pub fn Travellers(props: &TravellersProps) -> Html {
    let flying = props.requests.iter().filter(|request| !request.loopback && request.from != request.to);
    html! {
        <div class="sky" aria-hidden="true">
            { for flying.map(|request| html! { <Traveller key={request.seq} request={request.clone()} stage={props.stage.clone()} /> }) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct TravellerProps {
    request: RequestView,
    stage: NodeRef,
}

/// One request between two places of the rack, measured once when it sets out.
#[component]
fn Traveller(props: &TravellerProps) -> Html {
    let path = use_state_eq(|| None::<String>);
    {
        let (stage, set) = (props.stage.clone(), path.setter());
        let (from, to) = (props.request.from.clone(), props.request.to.clone());
        use_effect_with((), move |()| {
            set.set(stage.cast::<Element>().and_then(|stage| flight(&stage, &from, &to)));
        });
    }
    let Some(d) = (*path).clone() else { return Html::default() };
    let refused = matches!(props.request.outcome, Outcome::Refused | Outcome::Unreachable);
    html! {
        <>
            <svg class="sky__wire"><path class={classes!("req", refused.then_some("req--refused"))} d={d.clone()} /></svg>
            <span class={classes!("parcel", "parcel--flies", refused.then_some("parcel--refused"))} style={format!("offset-path:path('{d}')")}>{ &props.request.label }</span>
            if let Outcome::Answered(answer) = &props.request.outcome {
                <span class="parcel parcel--flies parcel--back" style={format!("offset-path:path('{d}')")}>{ if answer.is_empty() { "ok" } else { answer.as_str() } }</span>
            }
        </>
    }
}

fn flight(stage: &Element, from: &Endpoint, to: &Endpoint) -> Option<String> {
    let (x0, y0) = anchor(stage, from)?;
    let (x1, y1) = anchor(stage, to)?;
    let lift = 26.0_f64.min((x1 - x0).abs() / 4.0 + 12.0);
    let (xm, ym) = ((x0 + x1) / 2.0, y0.min(y1) - lift);
    Some(format!("M{x0:.0} {y0:.0}Q{xm:.0} {ym:.0} {x1:.0} {y1:.0}"))
}

/// The middle of a pod or a node; the learner's own computer is under the rack, at the left.
fn anchor(stage: &Element, end: &Endpoint) -> Option<(f64, f64)> {
    let rect = match end {
        Endpoint::Workstation => return Some((24.0, f64::from(stage.client_height()) - 4.0)),
        Endpoint::Node(name) => place(stage, &format!(".machine__ear[data-node='{name}']"))?,
        Endpoint::Pod { namespace, name, .. } => place(stage, &format!("[data-pod='{namespace}/{name}']"))?,
    };
    Some((rect.x() + rect.width() / 2.0, rect.y() + rect.height() / 2.0))
}
