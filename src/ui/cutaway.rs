//! The cutaway: the selected pod, opened. Storage on top, network at the bottom, private things between.
use podground::session::{ContainerView, ObjectRef, PodView, RequestView, VolumeView};
use yew::prelude::*;

use super::band::Band;
use super::bench::{Bench, use_bench};
use super::i18n::Key;
use super::icon::{icon, shape, small_icon, state_class};
use super::live::Snap;
use super::menu;
use super::page::{Act, MenuOf, Tab};
use super::time::short_duration;

/// Processes of a container that the drawing has room for.
const MOST_PROCESSES: usize = 4;
/// Lines of a container's log that the drawing has room for.
const MOST_LOG_LINES: usize = 4;

#[derive(Properties, PartialEq)]
pub struct CutawayProps {
    pub pod: PodView,
    pub requests: Snap<Vec<RequestView>>,
}

/// The pod's inside; the third level of the picture's tree.
#[component]
pub fn Cutaway(props: &CutawayProps) -> Html {
    let bench = use_bench();
    let pod = &props.pod;
    let count = pod.containers.len().max(1);
    html! {
        <div class={classes!("cut", state_class(pod.state), (!pod.volumes.is_empty()).then_some("has-volumes"))} style={format!("--boxes:{count}")}>
            { head(&bench, pod) }
            <div class="cut__in" id="cut" role="group" aria-label={bench.f(Key::Cutaway, &[&pod.name])}>
                if !pod.volumes.is_empty() {
                    { volumes(&bench, pod) }
                }
                <div class="cut__boxes" role="none">{ for pod.containers.iter().map(|container| container_box(&bench, pod, container)) }</div>
                <Band pod={pod.clone()} requests={props.requests.clone()} />
            </div>
        </div>
    }
}

fn head(bench: &Bench, pod: &PodView) -> Html {
    let place = pod.node.clone().unwrap_or_else(|| bench.t(Key::NotPlaced).to_owned());
    let about = format!("{} {}/{} · {} · {place}", pod.phase_word, pod.ready.0, pod.ready.1, short_duration(pod.age_ms));
    html! {
        <div class="cut__head">
            { shape(pod.state) }<h3 title={pod.name.clone()}>{ &pod.name }</h3>
            <span class="cut__about hide-s">{ about }</span>
            <span class="grow" />
            { for pod.labels.iter().take(2).map(|(key, value)| html! { <span class="chip">{ format!("{key}={value}") }</span> }) }
            <button class="btn btn--quiet btn--icon" aria-label={bench.t(Key::Inspect)} title={bench.t(Key::Inspect)} onclick={bench.on(Act::Inspect(Some(Tab::Summary)))}>
                { small_icon("why") }
            </button>
            <button class="btn btn--quiet btn--icon" aria-label={bench.f(Key::MoreActionsOf, &[&pod.name])} title={bench.t(Key::MoreActions)}
                onclick={menu::opener(bench, MenuOf::Pod(pod.namespace.clone(), pod.name.clone()))}>{ small_icon("more") }</button>
        </div>
    }
}

/// The drawers, and a line from each to the containers that mount it.
fn volumes(bench: &Bench, pod: &PodView) -> Html {
    let (drawers, boxes) = (pod.volumes.len(), pod.containers.len().max(1));
    html! {
        <div class="cut__vol" role="none">
            <svg class="wire" aria-hidden="true" viewBox="0 0 1000 100" preserveAspectRatio="none">
                { for pod.volumes.iter().enumerate().flat_map(|(index, volume)| {
                    let mounted = pod.containers.iter().enumerate().filter(|(_, container)| mounts(container, volume));
                    mounted.map(|(at, _)| mount_wire(index, drawers, at, boxes)).collect::<Vec<_>>()
                }) }
            </svg>
            { for pod.volumes.iter().enumerate().map(|(index, volume)| drawer(bench, pod, volume, index, drawers)) }
        </div>
    }
}

fn mounts(container: &ContainerView, volume: &VolumeView) -> bool {
    container.mounts.iter().any(|(name, _)| *name == volume.name)
}

/// Left edge and width of a drawer, in thousandths of the pod's width.
fn drawer_place(index: usize, drawers: usize) -> (f64, f64) {
    if drawers == 1 {
        return (290.0, 420.0);
    }
    let width = 940.0 / drawers as f64;
    (30.0 + index as f64 * width + 8.0, width - 16.0)
}

/// From the drawer down, or out of its side and down, to the mount's place in the box.
fn mount_wire(index: usize, drawers: usize, at: usize, boxes: usize) -> Html {
    let (left, width) = drawer_place(index, drawers);
    let x = (at as f64 + 0.86) / boxes as f64 * 960.0 + 12.0;
    let inside = x > left + 20.0 && x < left + width - 20.0;
    let d = if inside {
        format!("M{x:.0} 40V100")
    } else if drawers == 1 {
        let side = if x < left { left } else { left + width };
        format!("M{side:.0} 45H{x:.0}V100")
    } else {
        let y = 84.0 - 4.0 * index as f64;
        format!("M{:.0} 60V{y}H{x:.0}V100", left + width / 2.0)
    };
    html! { <path class="mount" {d} /> }
}

fn drawer(bench: &Bench, pod: &PodView, volume: &VolumeView, index: usize, drawers: usize) -> Html {
    let (left, width) = drawer_place(index, drawers);
    let shared = pod.containers.iter().filter(|container| mounts(container, volume)).count() > 1;
    let label = bench.f(Key::VolumeLabel, &[&volume.name, &volume.kind]);
    html! {
        <div class="drawer" role="treeitem" aria-level="3" tabindex="-1"
            style={format!("left:{:.1}%;width:{:.1}%", left / 10.0, width / 10.0)}>
            <span class="vh">{ label }</span>
            <span class="drawer__in" aria-hidden="true">
                { small_icon("volume") }<b>{ &volume.name }</b><span>{ &volume.kind }</span>
                if shared && drawers == 1 {
                    <span class="hide-s">{ bench.t(Key::SharedFolder) }</span>
                }
            </span>
        </div>
    }
}

fn container_box(bench: &Bench, pod: &PodView, container: &ContainerView) -> Html {
    let menu = menu::opener(bench, MenuOf::Container(pod.namespace.clone(), pod.name.clone(), container.name.clone()));
    let label = bench.f(Key::ContainerLabel, &[&container.name, &container.word, &container.image]);
    let running = container.word == "Running";
    html! {
        <div class={classes!("box", state_class(container.state))} role="treeitem" aria-level="3" tabindex="-1" data-container={container.name.clone()} oncontextmenu={menu.clone()}>
            <span class="vh">{ label }</span>
            <div class="box__head" aria-hidden="true">
                { shape(container.state) }<b>{ &container.name }</b>
                if container.init {
                    <span class="chip">{ bench.t(Key::InitContainer) }</span>
                }
                <span class="img" title={container.image.clone()}>{ &container.image }</span>
                <button class="more" tabindex="-1" onclick={menu}>{ small_icon("more") }</button>
            </div>
            <div class="box__in">
                if !container.mounts.is_empty() {
                    <ul class="box__mounts" aria-label={bench.t(Key::Mounts)}>
                        { for container.mounts.iter().map(|(volume, path)| html! { <li><span class="mnt" title={volume.clone()}>{ path }</span></li> }) }
                    </ul>
                }
                if !running || container.restarts > 0 {
                    <p class="box__word">
                        if !running { <span class="state">{ &container.word }</span> }
                        if container.restarts > 0 { <span>{ bench.f(Key::Restarts, &[&container.restarts.to_string()]) }</span> }
                    </p>
                }
                { processes(bench, container) }
                { last_words(bench, pod, container) }
            </div>
        </div>
    }
}

/// The end of the container's log: what it says is private to it, as its files and processes are.
fn last_words(bench: &Bench, pod: &PodView, container: &ContainerView) -> Html {
    let of = ObjectRef {
        kind: "Pod".to_owned(),
        namespace: pod.namespace.clone(),
        name: pod.name.clone(),
        container: Some(container.name.clone()),
    };
    let log = bench.session.logs_of(&of);
    let lines: Vec<&str> = log.lines().collect();
    let from = lines.len().saturating_sub(MOST_LOG_LINES);
    if lines.is_empty() {
        return Html::default();
    }
    html! {
        <div class="box__log" aria-hidden="true">{ small_icon("file") }<pre>{ lines.get(from..).unwrap_or_default().join("\n") }</pre></div>
    }
}

fn processes(bench: &Bench, container: &ContainerView) -> Html {
    if container.processes.is_empty() {
        return html! { <p class="box__none">{ bench.t(Key::NoProcess) }</p> };
    }
    // The newest are what the learner just started; process 1 is what the container lives by.
    let all = &container.processes;
    let skipped = all.len().saturating_sub(MOST_PROCESSES);
    let kept = all.iter().enumerate().filter(|(index, _)| *index == 0 || *index > skipped).map(|(_, process)| process);
    html! {
        <div class="box__procs">
            { icon("proc") }
            <ul aria-label={bench.t(Key::Processes)}>
                { for kept.map(|(pid, command)| html! { <li key={*pid} title={command.clone()}><span class="pid">{ *pid }</span>{ command }</li> }) }
            </ul>
        </div>
    }
}
