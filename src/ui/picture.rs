//! The picture: the rack, the selected pod cut open beside it, and what travels between them. To a screen reader it is a tree.
use podground::session::{ClusterView, PodView, highlight};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::cutaway::Cutaway;
use super::dom;
use super::i18n::Key;
use super::icon::small_icon;
use super::live::Live;
use super::menu;
use super::owners::Owners;
use super::page::{Act, MenuOf, Namespaces, Page, Selected, Tab};
use super::rack::{Focus, Rack, shown};
use super::wires::{Cone, Travellers};

/// Shown to those whose cluster is empty.
const FIRST_COMMAND: &str = "kubectl run kubia --image=luksa/kubia";

#[derive(Properties, PartialEq)]
pub struct PictureProps {
    pub live: Live,
}

/// The picture's pane.
#[component]
pub fn Picture(props: &PictureProps) -> Html {
    let bench = use_bench();
    let stage = use_node_ref();
    let cluster = &props.live.cluster;
    let (focus, matched) = use_focus(&bench, cluster);
    let pods = shown(cluster, &bench.page.namespaces);
    let open = match &focus.selected {
        Some(Selected::Pod(uid)) => pods.iter().find(|pod| pod.uid == *uid).map(|pod| (*pod).clone()),
        _ => None,
    };
    let key = {
        let (bench, stage) = (bench.clone(), stage.clone());
        Callback::from(move |event: KeyboardEvent| tree_key(&bench, &stage, &event))
    };
    use_one_tab_stop(&stage);
    let first = {
        let bench = bench.clone();
        Callback::from(move |_: MouseEvent| bench.run(FIRST_COMMAND))
    };
    let uid = open.as_ref().map(|pod| pod.uid.clone());
    html! {
        <section class="pane pane--pic" tabindex="-1" aria-label={bench.t(Key::PicturePane)}>
            { bar(&bench, cluster, &matched, &props.live.faults) }
            <div class={classes!("pic__stage", open.is_none().then_some("is-alone"), pods.is_empty().then_some("is-empty"), bench.page.ownership.then_some("has-owners"))} ref={stage.clone()} onkeydown={key}>
                <div class="pic__tree">
                    if bench.page.ownership {
                        <Owners cluster={cluster.clone()} {focus} generation={props.live.generation} />
                    } else {
                        <Rack cluster={cluster.clone()} namespaces={bench.page.namespaces.clone()} {focus} faults={props.live.faults.clone()} />
                    }
                    if let Some(pod) = open {
                        <Cutaway {pod} requests={props.live.requests.clone()} />
                    }
                </div>
                if pods.is_empty() && !cluster.nodes.is_empty() {
                    <div class="say say--pic">
                        <h3>{ bench.f(Key::NoPods, &[&cluster.nodes.len().to_string()]) }</h3>
                        if props.live.lesson.is_none() {
                            <button class="cmd" onclick={first}>{ small_icon("enter") }<span>{ FIRST_COMMAND }</span></button>
                        }
                    </div>
                }
                <Cone {uid} cluster={cluster.clone()} stage={stage.clone()} />
                <Travellers requests={props.live.requests.clone()} {stage} />
            </div>
        </section>
    }
}

/// What is selected (or, if nothing is, the newest pod), and what the selector matches.
#[hook]
fn use_focus(bench: &Bench, cluster: &ClusterView) -> (Focus, Option<Result<usize, String>>) {
    let page: &Page = &bench.page;
    let pods = shown(cluster, &page.namespaces);
    let selected = match &page.selected {
        Some(Selected::Pod(uid)) if pods.iter().any(|pod| pod.uid == *uid) => page.selected.clone(),
        Some(Selected::Node(_)) => page.selected.clone(),
        _ => newest(&pods).map(|pod| Selected::Pod(pod.uid.clone())),
    };
    let text = page.selector.trim();
    if text.is_empty() {
        return (Focus { selected, ..Focus::default() }, None);
    }
    match highlight(text, pods.iter().copied()) {
        Ok(found) => {
            let count = found.pods.len();
            (Focus { selected, lit: found.pods, lit_keys: found.keys }, Some(Ok(count)))
        }
        Err(why) => (Focus { selected, ..Focus::default() }, Some(Err(why))),
    }
}

fn newest<'a>(pods: &[&'a PodView]) -> Option<&'a PodView> {
    pods.iter().copied().min_by_key(|pod| (pod.node.is_none(), pod.age_ms))
}

fn bar(bench: &Bench, cluster: &ClusterView, matched: &Option<Result<usize, String>>, faults: &[String]) -> Html {
    let typed = {
        let bench = bench.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                bench.act(Act::Selector(input.value()));
            }
        })
    };
    let said = match matched {
        None => String::new(),
        Some(Ok(1)) => bench.t(Key::SelectorCountOne).to_owned(),
        Some(Ok(count)) => bench.f(Key::SelectorCount, &[&count.to_string()]),
        Some(Err(_)) => bench.t(Key::SelectorBad).to_owned(),
    };
    let why = matched.as_ref().and_then(|matched| matched.as_ref().err().cloned());
    let class = classes!("sel", matches!(matched, Some(Ok(_))).then_some("is-on"), matches!(matched, Some(Err(_))).then_some("is-bad"));
    html! {
        <div class="pane__bar">
            <h2>{ bench.t(Key::Cluster) }</h2>
            <div {class} title={why}>
                { small_icon("label") }
                <input type="text" aria-label={bench.t(Key::SelectorField)} placeholder={bench.t(Key::SelectorPlaceholder)} autocomplete="off" autocapitalize="off"
                    spellcheck="false" value={bench.page.selector.clone()} oninput={typed} size="14" />
                <small role="status">{ said }</small>
                if !bench.page.selector.is_empty() {
                    <button class="sel__clear" aria-label={bench.t(Key::ClearSelector)} onclick={bench.on(Act::Selector(String::new()))}>{ small_icon("close") }</button>
                }
            </div>
            { namespace_choice(bench, cluster) }
            <span class="grow" />
            { for faults.iter().map(|fault| broken(bench, fault)) }
            { tools(bench) }
        </div>
    }
}

/// Something that is broken; pressed, it is healed.
fn broken(bench: &Bench, fault: &str) -> Html {
    let (words, heal) = (format!("heal {fault}"), format!("{}: {fault}", bench.t(Key::Heal)));
    let bench = bench.clone();
    let click = Callback::from(move |_: MouseEvent| bench.fault(&words));
    html! { <button class="broken" aria-label={heal.clone()} title={heal} onclick={click}>{ small_icon("bolt") }<span>{ fault.to_owned() }</span>{ small_icon("close") }</button> }
}

fn tools(bench: &Bench) -> Html {
    let owners = bench.page.ownership;
    let tool = |sign: &'static str, key: Key, pressed: Option<bool>, click: Callback<MouseEvent>| {
        let pressed = pressed.map(|on| if on { "true" } else { "false" });
        html! {
            <button class="btn btn--quiet pic__tool" aria-label={bench.t(key)} title={bench.t(key)} aria-pressed={pressed} onclick={click}>
                { small_icon(sign) }<span>{ bench.t(key) }</span>
            </button>
        }
    };
    html! {
        <>
            { tool("owner", Key::Ownership, Some(owners), bench.on(Act::Ownership(!owners))) }
            { tool("seq", Key::Backstage, None, bench.on(Act::Backstage(Some(None)))) }
            { tool("bolt", Key::BreakThings, None, menu::opener(bench, MenuOf::Cluster)) }
        </>
    }
}

fn namespace_choice(bench: &Bench, cluster: &ClusterView) -> Html {
    let chosen = {
        let bench = bench.clone();
        Callback::from(move |event: Event| {
            let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else { return };
            bench.act(Act::Namespaces(match select.value().split_once(':') {
                Some(("one", name)) => Namespaces::One(name.to_owned()),
                Some(("all", _)) => Namespaces::All,
                _ => Namespaces::Mine,
            }));
        })
    };
    let now = &bench.page.namespaces;
    html! {
        <select class="choice-ns" aria-label={bench.t(Key::NamespaceFilter)} onchange={chosen}>
            <option value="mine:" selected={*now == Namespaces::Mine}>{ bench.t(Key::NamespacesMine) }</option>
            <option value="all:" selected={*now == Namespaces::All}>{ bench.t(Key::NamespacesAll) }</option>
            { for cluster.namespaces.iter().map(|name| html! {
                <option value={format!("one:{name}")} selected={*now == Namespaces::One(name.clone())}>{ format!("ns: {name}") }</option>
            }) }
        </select>
    }
}

/// Exactly one item of the tree is reached by Tab.
#[hook]
fn use_one_tab_stop(stage: &NodeRef) {
    let stage = stage.clone();
    use_effect(move || {
        let Some(stage) = stage.cast::<Element>() else { return };
        let items = dom::find_all(&stage, "[role=treeitem]");
        if !items.iter().any(|item| item.tab_index() == 0)
            && let Some(first) = items.first()
        {
            first.set_tab_index(0);
        }
    });
}

/// Arrows walk the tree, Enter opens the inspector, Space selects.
fn tree_key(bench: &Bench, stage: &NodeRef, event: &KeyboardEvent) {
    let Some(stage) = stage.cast::<Element>() else { return };
    let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let Some(here) = target.filter(|element| element.get_attribute("role").as_deref() == Some("treeitem")) else { return };
    let items = dom::find_all(&stage, "[role=treeitem]");
    let Some(at) = items.iter().position(|item| *item == here) else { return };
    let level = |item: &HtmlElement| item.get_attribute("aria-level").and_then(|text| text.parse::<u8>().ok()).unwrap_or(1);
    let next = match event.key().as_str() {
        "ArrowDown" => items.get(at + 1),
        "ArrowUp" => at.checked_sub(1).and_then(|before| items.get(before)),
        "ArrowLeft" if level(&here) == 3 => items.iter().find(|item| item.has_attribute("aria-owns")),
        "ArrowLeft" => items[..at].iter().rev().find(|item| level(item) < level(&here)),
        "ArrowRight" if here.has_attribute("aria-owns") => items.iter().find(|item| level(item) == 3),
        "ArrowRight" => items.get(at + 1).filter(|item| level(item) > level(&here)),
        "Home" => items.first(),
        "End" => items.last(),
        "Enter" | " " => {
            event.prevent_default();
            choose(bench, &here, event.key() == "Enter");
            return;
        }
        _ => return,
    };
    event.prevent_default();
    if let Some(next) = next {
        for item in &items {
            item.set_tab_index(-1);
        }
        next.set_tab_index(0);
        let _ = next.focus();
        next.scroll_into_view_with_bool(false);
        choose(bench, next, false);
    }
}

/// Selection follows the keyboard; the shelf and the parts of a pod are not selected.
fn choose(bench: &Bench, item: &HtmlElement, inspect: bool) {
    let selected = match (item.get_attribute("data-uid"), item.get_attribute("data-node")) {
        (Some(uid), _) => Some(Selected::Pod(uid)),
        (_, Some(node)) if inspect => Some(Selected::Node(node)),
        _ => None,
    };
    if selected.is_some() {
        bench.act(Act::Select(selected));
    }
    if inspect {
        bench.act(Act::Inspect(Some(Tab::Summary)));
    }
}
