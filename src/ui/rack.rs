//! The rack: machines with their pods, and above them the shelf of those that found no place.
use podground::session::{ClusterView, NodeView, PodView, State};
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::i18n::Key;
use super::icon::{shape, small_icon, state_class};
use super::live::Snap;
use super::menu;
use super::page::{Act, MenuOf, Namespaces, Selected};
use super::time::{duration_words, short_duration};

/// Pods of one machine up to which each has its words on the narrowest picture, too.
const FEW_IN_BAY: usize = 2;
/// Pods of one machine beyond which they are drawn as shapes only.
const ROOMY_BAY: usize = 9;
/// Pods of one machine beyond which even the shapes shrink to dots.
const DENSE_BAY: usize = 60;
/// Machines beyond which each is a line.
const ROOMY_RACK: usize = 6;
/// And beyond which the rest is only counted.
const MOST_IN_BAY: usize = 400;
/// The grace period that a terminating pod's ink drains over.
const GRACE_MILLIS: f32 = 30_000.0;

/// Namespaces that Kubernetes brings along.
pub fn is_system(namespace: &str) -> bool {
    namespace.starts_with("kube-") || namespace == "local-path-storage"
}

/// The pods that the filter lets through.
pub fn shown<'a>(cluster: &'a ClusterView, filter: &Namespaces) -> Vec<&'a PodView> {
    let passes = |pod: &&PodView| match filter {
        Namespaces::All => true,
        Namespaces::Mine => !is_system(&pod.namespace),
        Namespaces::One(name) => pod.namespace == *name,
    };
    cluster.pods.iter().filter(passes).collect()
}

/// What the picture is asked to point out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Focus {
    pub selected: Option<Selected>,
    /// Uids of the pods that the selector matches.
    pub lit: Vec<String>,
    /// The labels that the selector speaks of.
    pub lit_keys: Vec<String>,
}

#[derive(Properties, PartialEq)]
pub struct RackProps {
    pub cluster: Snap<ClusterView>,
    pub namespaces: Namespaces,
    pub focus: Focus,
    #[prop_or_default]
    pub faults: Snap<Vec<String>>,
}

/// The rack of the picture, part of its tree.
#[component]
pub fn Rack(props: &RackProps) -> Html {
    let bench = use_bench();
    let pods = shown(&props.cluster, &props.namespaces);
    let waiting: Vec<&PodView> = pods.iter().copied().filter(|pod| pod.node.is_none()).collect();
    html! {
        <div class={classes!("rack", (!waiting.is_empty()).then_some("has-shelf"))} role="tree" aria-label={bench.t(Key::ClusterTree)}>
            if !waiting.is_empty() {
                { shelf(&bench, &waiting, props) }
            }
            { for props.cluster.nodes.iter().map(|node| {
                let here: Vec<&PodView> = pods.iter().copied().filter(|pod| pod.node.as_deref() == Some(&node.name)).collect();
                machine(&bench, node, &here, props)
            }) }
        </div>
    }
}

fn shelf(bench: &Bench, waiting: &[&PodView], props: &RackProps) -> Html {
    html! {
        <div class="shelf" role="none">
            <div class="shelf__name" role="treeitem" aria-level="1" aria-expanded="true" tabindex="-1">{ bench.t(Key::Shelf) }</div>
            <div class="shelf__pods" role="none">{ for waiting.iter().map(|pod| pod_box(bench, pod, props, false)) }</div>
        </div>
    }
}

fn machine(bench: &Bench, node: &NodeView, pods: &[&PodView], props: &RackProps) -> Html {
    let crowded = props.cluster.nodes.len() > ROOMY_RACK;
    let dense = crowded || pods.len() > ROOMY_BAY;
    let zoom = match pods.len() {
        0..=FEW_IN_BAY if !dense => Some("bay--few"),
        _ if !dense => None,
        0..=DENSE_BAY => Some("bay--dense"),
        _ => Some("bay--dense bay--dots"),
    };
    let more = pods.len().saturating_sub(MOST_IN_BAY);
    let selected = props.focus.selected == Some(Selected::Node(node.name.clone()));
    let word = if node.ready { "Ready" } else { bench.t(Key::NotReady) };
    let label = bench.f(Key::NodeLabel, &[&node.name, word, &pods.len().to_string()]);
    let choose = bench.on(Act::Select(Some(Selected::Node(node.name.clone()))));
    let broken = props
        .faults
        .iter()
        .filter_map(|fault| fault.split_once(' ').filter(|(_, of)| of.split(' ').next() == Some(&node.name)).map(|(what, _)| what));
    html! {
        <div key={node.name.clone()} class={classes!("machine", crowded.then_some("machine--low"), selected.then_some("is-selected"), (!node.ready).then_some("is-down"))} role="none">
            <div class="machine__ear" role="treeitem" aria-level="1" aria-expanded="true" aria-selected={if selected { "true" } else { "false" }}
                tabindex="-1" data-node={node.name.clone()} onclick={choose} oncontextmenu={menu::opener(bench, MenuOf::Node(node.name.clone()))}>
                <span class="vh">{ label }</span>
                { ear(bench, node) }
                { for broken.map(|fault| html! { <span class="led is-fail machine__fault">{ small_icon("bolt") }{ fault }</span> }) }
                <button class="more" tabindex="-1" aria-label={bench.f(Key::MoreActionsOf, &[&node.name])} onclick={menu::opener(bench, MenuOf::Node(node.name.clone()))}>{ small_icon("more") }</button>
            </div>
            <div class={classes!("bay", zoom)} role="none">
                { for pods.iter().take(MOST_IN_BAY).map(|pod| pod_box(bench, pod, props, dense)) }
                if more > 0 {
                    <span class="bay__more">{ bench.f(Key::MorePods, &[&more.to_string()]) }</span>
                }
            </div>
        </div>
    }
}

fn ear(bench: &Bench, node: &NodeView) -> Html {
    let state = if node.ready { State::Running } else { State::Failed };
    let word = if node.ready { "Ready" } else { bench.t(Key::NotReady) };
    let percent = |part: f32| format!("{:.0}", (part * 100.0).clamp(0.0, 100.0));
    let (cpu, memory) = (percent(node.cpu_fraction), percent(node.memory_fraction));
    html! {
        <span class="machine__face" aria-hidden="true">
            <b title={node.name.clone()}>{ &node.name }</b>
            <span class={classes!("led", state_class(state))}>{ shape(state) }{ word }</span>
            if node.unschedulable {
                <span class="led is-wait">{ shape(State::Waiting) }{ bench.t(Key::Cordoned) }</span>
            }
            <div class="meters">
                <span title={bench.f(Key::CpuLoad, &[&cpu])}><i class="meter"><i style={format!("width:{cpu}%")} /></i>{ "cpu" }</span>
                <span title={bench.f(Key::MemoryLoad, &[&memory])}><i class="meter"><i style={format!("width:{memory}%")} /></i>{ "mem" }</span>
            </div>
        </span>
    }
}

/// The name that a screen reader says.
fn pod_label(bench: &Bench, pod: &PodView) -> String {
    let place = match &pod.node {
        Some(node) => bench.f(Key::OnNode, &[node]),
        None => bench.t(Key::NotPlaced).to_owned(),
    };
    let (ready, all) = (pod.ready.0.to_string(), pod.ready.1.to_string());
    let (first, second) = match bench.page.lang {
        podground::session::Lang::Ko => (&all, &ready),
        podground::session::Lang::En => (&ready, &all),
    };
    bench.f(Key::PodLabel, &[&pod.name, &pod.phase_word, first, second, &place])
}

fn pod_box(bench: &Bench, pod: &PodView, props: &RackProps, dense: bool) -> Html {
    let chosen = Selected::Pod(pod.uid.clone());
    let selected = props.focus.selected.as_ref() == Some(&chosen);
    let lit = props.focus.lit.contains(&pod.uid);
    let choose = {
        let (bench, chosen) = (bench.clone(), chosen.clone());
        Callback::from(move |event: MouseEvent| {
            event.stop_propagation();
            bench.act(Act::Select(Some(chosen.clone())));
        })
    };
    let fade = (pod.state == State::Terminating).then(|| {
        let left = pod.countdown_ms.map_or(1.0, |left| (left as f32 / GRACE_MILLIS).min(1.0));
        format!("--ink-left:{left:.2}")
    });
    html! {
        <div key={pod.uid.clone()} class={classes!("pod", state_class(pod.state), lit.then_some("is-lit"), selected.then_some("is-selected"))}
            role="treeitem" aria-level="2" aria-selected={if selected { "true" } else { "false" }}
            aria-owns={selected.then_some("cut")} tabindex={if selected { "0" } else { "-1" }} style={fade}
            data-uid={pod.uid.clone()} data-pod={format!("{}/{}", pod.namespace, pod.name)} onclick={choose}
            oncontextmenu={menu::opener(bench, MenuOf::Pod(pod.namespace.clone(), pod.name.clone()))}>
            <span class="vh">{ pod_label(bench, pod) }</span>
            if dense {
                { shape(pod.state) }
            } else {
                { pod_inside(bench, pod, &props.focus, lit) }
            }
        </div>
    }
}

fn pod_inside(bench: &Bench, pod: &PodView, focus: &Focus, lit: bool) -> Html {
    let chip = pod.labels.iter().find(|(key, _)| focus.lit_keys.contains(key)).or_else(|| pod.labels.first());
    let note = note(bench, pod);
    html! {
        <span class="pod__in" aria-hidden="true">
            <span class="pod__name" title={pod.name.clone()}>{ short_name(&pod.name) }</span>
            <span class="pod__st">{ shape(pod.state) }<span>{ status(bench, pod) }</span></span>
            if let Some(note) = note {
                <span class="pod__note" title={pod.reason.clone()}>{ note }</span>
            } else if let Some((key, value)) = chip {
                <span class={classes!("chip", lit.then_some("is-match"))}>{ format!("{key}={value}") }</span>
            }
            if let Some(part) = pod.progress {
                <i class="prog" style={format!("right:{:.0}%", (1.0 - part.clamp(0.0, 1.0)) * 100.0)} />
            }
        </span>
    }
}

fn status(bench: &Bench, pod: &PodView) -> String {
    match (pod.state, pod.progress, pod.countdown_ms) {
        (State::Making, Some(part), _) => bench.f(Key::Pulling, &[&format!("{:.0}", part * 100.0)]),
        (State::Terminating, _, Some(left)) => format!("{} {}", pod.phase_word, short_duration(left)),
        _ if pod.ready.1 > 1 => format!("{} {}/{}", pod.phase_word, pod.ready.0, pod.ready.1),
        _ => pod.phase_word.clone(),
    }
}

/// What matters more than a label: why it waits, when it starts again.
fn note(bench: &Bench, pod: &PodView) -> Option<String> {
    match (pod.state, pod.countdown_ms) {
        (State::Failed, Some(left)) => Some(bench.f(Key::RestartIn, &[&duration_words(left, bench.page.lang)])),
        (State::Waiting | State::Failed, _) => pod.reason.clone(),
        _ => None,
    }
}

/// `web-7d4b9c6f5-2xkqp` is told from its siblings by its end: the middle may go.
pub fn short_name(name: &str) -> Html {
    let parts: Vec<&str> = name.split('-').collect();
    match parts.as_slice() {
        [start @ .., hash, end] if name.len() > 16 && !start.is_empty() && end.len() == 5 && hash.len() >= 8 => {
            html! { <>{ format!("{}-", start.join("-")) }<i>{ ".." }</i>{ *end }</> }
        }
        _ => html! { { name } },
    }
}

#[derive(Properties, PartialEq)]
pub struct MachinesProps {
    pub cluster: Snap<ClusterView>,
    /// Show where the first pod will be.
    pub invite: bool,
}

/// The rack as the home screen shows it: to look at only.
#[component]
pub fn Machines(props: &MachinesProps) -> Html {
    let bench = use_bench();
    let pods = shown(&props.cluster, &Namespaces::Mine);
    let workers: Vec<&NodeView> = props.cluster.nodes.iter().filter(|node| !node.roles.contains("control-plane")).collect();
    let nodes: Vec<&NodeView> = if workers.is_empty() { props.cluster.nodes.iter().collect() } else { workers };
    let invited = nodes.len() / 2;
    html! {
        <div class="rack" aria-hidden="true">
            { for nodes.iter().take(4).enumerate().map(|(index, node)| html! {
                <div class="machine">
                    <div class="machine__ear">{ ear(&bench, node) }</div>
                    <div class="bay">
                        { for pods.iter().filter(|pod| pod.node.as_deref() == Some(&node.name)).take(3).map(|pod| html! {
                            <span class={classes!("pod", state_class(pod.state))}>
                                <span class="pod__name">{ short_name(&pod.name) }</span>
                                <span class="pod__st">{ shape(pod.state) }<span>{ &pod.phase_word }</span></span>
                            </span>
                        }) }
                        if props.invite && index == invited && pods.is_empty() {
                            <span class="slot">{ bench.t(Key::YourFirstPod) }</span>
                        }
                    </div>
                </div>
            }) }
        </div>
    }
}
