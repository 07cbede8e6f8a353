//! Who owns what: Deployment → ReplicaSet → Pod from left to right, and what services select. Drawn on demand in the rack's place.
use std::collections::BTreeSet;

use podground::session::{ClusterView, OwnedView, PodView, highlight};
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::i18n::Key;
use super::icon::{shape, small_icon, state_class};
use super::live::Snap;
use super::menu;
use super::page::{Act, MenuOf, Selected};
use super::rack::{Focus, is_system, short_name};

/// Deeper chains do not exist.
const LIMIT_DEPTH: usize = 6;
/// Children of one owner that are drawn.
const MOST_CHILDREN: usize = 60;

#[derive(Properties, PartialEq)]
pub struct OwnersProps {
    pub cluster: Snap<ClusterView>,
    pub focus: Focus,
    /// Looked at again when it grows.
    pub generation: u64,
}

/// The tree of owners.
#[component]
pub fn Owners(props: &OwnersProps) -> Html {
    let bench = use_bench();
    let all: Vec<OwnedView> = bench.session.owners().into_iter().filter(|one| !is_system(&one.namespace)).collect();
    let known: BTreeSet<&str> = all.iter().map(|one| one.uid.as_str()).collect();
    let is_root = |one: &&OwnedView| one.owner.as_deref().is_none_or(|owner| !known.contains(owner));
    let draw = Draw { bench: &bench, all: &all, props };
    html! {
        <div class="owners" role="tree" aria-label={bench.t(Key::Ownership)}>
            if all.is_empty() {
                <p class="owners__none">{ bench.t(Key::NothingOwned) }</p>
            }
            { for all.iter().filter(is_root).map(|root| draw.branch(root, 1, false)) }
        </div>
    }
}

struct Draw<'a> {
    bench: &'a Bench,
    all: &'a [OwnedView],
    props: &'a OwnersProps,
}

impl Draw<'_> {
    fn branch(&self, one: &OwnedView, level: usize, selected: bool) -> Html {
        let children: Vec<&OwnedView> = match one.kind.as_str() {
            "Service" => self.selected_by(one),
            _ => self.all.iter().filter(|child| child.owner.as_deref() == Some(one.uid.as_str())).collect(),
        };
        let more = children.len().saturating_sub(MOST_CHILDREN);
        let dashed = one.kind == "Service";
        html! {
            <div class={classes!("own", selected.then_some("own--selected"))} role="none" key={format!("{}{level}", one.uid)}>
                { self.node(one, level, !children.is_empty(), selected) }
                if !children.is_empty() && level < LIMIT_DEPTH {
                    <div class="own__children" role="none">
                        { for children.into_iter().take(MOST_CHILDREN).map(|child| self.branch(child, level + 1, dashed)) }
                        if more > 0 {
                            <span class="bay__more">{ self.bench.f(Key::MorePods, &[&more.to_string()]) }</span>
                        }
                    </div>
                }
            </div>
        }
    }

    fn selected_by(&self, service: &OwnedView) -> Vec<&OwnedView> {
        let here = self.props.cluster.pods.iter().filter(|pod| pod.namespace == service.namespace);
        let uids = highlight(&service.selector, here).map(|found| found.pods).unwrap_or_default();
        if service.selector.is_empty() {
            return Vec::new();
        }
        self.all.iter().filter(|one| uids.contains(&one.uid)).collect()
    }

    fn node(&self, one: &OwnedView, level: usize, parent: bool, again: bool) -> Html {
        let pod: Option<&PodView> = self.props.cluster.pods.iter().find(|pod| pod.uid == one.uid);
        let lit = self.props.focus.lit.contains(&one.uid);
        let selected = self.props.focus.selected == Some(Selected::Pod(one.uid.clone()));
        let act = match (pod, one.selector.is_empty()) {
            (Some(_), _) => Some(Act::Select(Some(Selected::Pod(one.uid.clone())))),
            (None, false) => Some(Act::Selector(one.selector.clone())),
            _ => None,
        };
        let click = {
            let bench = self.bench.clone();
            Callback::from(move |_: MouseEvent| act.iter().for_each(|act| bench.act(act.clone())))
        };
        let menu = pod.map(|pod| menu::opener(self.bench, MenuOf::Pod(pod.namespace.clone(), pod.name.clone())));
        let state = pod.map(|pod| state_class(pod.state));
        html! {
            <div class={classes!("own__box", state, lit.then_some("is-lit"), selected.then_some("is-selected"))} role="treeitem" aria-level={level.to_string()}
                aria-expanded={parent.then_some("true")} aria-selected={if selected { "true" } else { "false" }} tabindex="-1" onclick={click} oncontextmenu={menu}
                aria-owns={(selected && !again).then_some("cut")} data-uid={pod.filter(|_| !again).map(|pod| pod.uid.clone())}>
                <span class="own__kind">{ &one.kind }</span>
                <b title={one.name.clone()}>{ short_name(&one.name) }</b>
                <span class="own__word">{ pod.map(|pod| shape(pod.state)) }{ &one.word }</span>
                if pod.is_none() && !one.selector.is_empty() {
                    <span class="chip">{ small_icon("label") }{ &one.selector }</span>
                }
            </div>
        }
    }
}
