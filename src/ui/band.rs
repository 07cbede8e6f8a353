//! The copper band: the one network of a pod. Its address, its listening ports, `lo`, and what travels along it.
use podground::session::{Endpoint, Outcome, PodView, RequestView};
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::i18n::Key;
use super::icon::small_icon;
use super::live::Snap;

#[derive(Properties, PartialEq)]
pub struct BandProps {
    pub pod: PodView,
    pub requests: Snap<Vec<RequestView>>,
}

/// The band at the bottom of the cutaway.
#[component]
pub fn Band(props: &BandProps) -> Html {
    let bench = use_bench();
    let pod = &props.pod;
    let ports: Vec<String> = pod.containers.iter().flat_map(|c| c.ports.iter().map(u16::to_string)).collect();
    let listed = if ports.is_empty() { bench.t(Key::NoPorts).to_owned() } else { ports.join(", ") };
    let ip = pod.ip.clone().unwrap_or_else(|| bench.t(Key::NoIp).to_owned());
    let label = bench.f(Key::NetworkLabel, &[&ip, &pod.hostname, &listed]);
    let live = pod.ip.is_some();
    html! {
        <div class={classes!("band", (!live).then_some("band--dead"))} role="treeitem" aria-level="3" tabindex="-1">
            <span class="vh">{ label }</span>
            <div aria-hidden="true">
                { wires(pod, &props.requests) }
                { sockets(pod, &props.requests) }
                if live {
                    <span class="band__lo"><b>{ "lo" }</b>{ " 127.0.0.1" }</span>
                }
                { for props.requests.iter().filter_map(|request| parcel(pod, request)) }
                { row(&bench, pod, &ip) }
            </div>
        </div>
    }
}

fn row(bench: &Bench, pod: &PodView, ip: &str) -> Html {
    html! {
        <div class="band__row">
            <span class="pause">{ small_icon("pause") }{ "pause " }<small class="hide-s">{ bench.t(Key::HoldsNetwork) }</small></span>
            <dl class="hide-s"><dt>{ "hostname" }</dt><dd>{ &pod.hostname }</dd></dl>
            <span class="eth"><b>{ "eth0" }</b>{ ip }</span>
        </div>
    }
}

/// Where a listening port stands, in thousandths of the band.
fn port_place(pod: &PodView, port: u16) -> Option<f64> {
    let boxes = pod.containers.len() as f64;
    pod.containers.iter().enumerate().find_map(|(at, container)| {
        let index = container.ports.iter().position(|open| *open == port)?;
        let within = (index + 1) as f64 / (container.ports.len() + 1) as f64;
        Some((at as f64 + within) / boxes * 1000.0)
    })
}

/// Where a caller in a container stands: beside its listening ports, if it has any.
fn caller_place(pod: &PodView, container: Option<&str>) -> f64 {
    let boxes = pod.containers.len().max(1) as f64;
    let at = container.and_then(|name| pod.containers.iter().position(|c| c.name == name));
    let (index, busy) = at.map_or((0, true), |at| (at, pod.containers.get(at).is_some_and(|c| !c.ports.is_empty())));
    (index as f64 + if busy { 0.85 } else { 0.5 }) / boxes * 1000.0
}

/// The container of this pod that an end of a request is in; none when the end is elsewhere.
fn end_here<'a>(pod: &PodView, end: &'a Endpoint) -> Option<Option<&'a str>> {
    match end {
        Endpoint::Pod { namespace, name, container } if *namespace == pod.namespace && *name == pod.name => Some(container.as_deref()),
        _ => None,
    }
}

/// Start and end of a request within this pod's band; the outside is beyond `eth0`, at the right.
fn path(pod: &PodView, request: &RequestView) -> Option<(f64, f64)> {
    const OUTSIDE: f64 = 985.0;
    let (from, to) = (end_here(pod, &request.from), end_here(pod, &request.to));
    if from.is_none() && to.is_none() {
        return None;
    }
    let start = from.map_or(OUTSIDE, |container| caller_place(pod, container));
    let end = match to {
        Some(container) => port_place(pod, request.port).unwrap_or_else(|| caller_place(pod, container)),
        None => OUTSIDE,
    };
    Some((start, end))
}

fn wires(pod: &PodView, requests: &[RequestView]) -> Html {
    let boxes = pod.containers.len();
    let (left, right) = match boxes {
        0 | 1 => (250.0, 750.0),
        _ => (500.0 / boxes as f64, 1000.0 - 500.0 / boxes as f64),
    };
    let resting = if boxes > 1 { format!("M{left:.0} 0V38H{right:.0}V0") } else { format!("M{left:.0} 38H{right:.0}") };
    html! {
        <svg class="wire wire--lo" viewBox="0 0 1000 44" preserveAspectRatio="none">
            <path class="lo" d={resting} />
            { for requests.iter().filter_map(|request| {
                let (start, end) = path(pod, request)?;
                Some(html! { <path key={request.seq} class={classes!("req", refused(request).then_some("req--refused"))} d={format!("M{start:.0} 0V38H{end:.0}V0")} /> })
            }) }
        </svg>
    }
}

fn refused(request: &RequestView) -> bool {
    matches!(request.outcome, Outcome::Refused | Outcome::Unreachable)
}

fn sockets(pod: &PodView, requests: &[RequestView]) -> Html {
    let called = |port: u16| requests.iter().any(|request| request.port == port && end_here(pod, &request.to).is_some());
    let listening = pod.containers.iter().flat_map(|container| container.ports.iter().copied()).filter_map(|port| {
        let place = port_place(pod, port)?;
        Some(html! {
            <span key={format!("p{port}")} class={classes!("band__sock", called(port).then_some("hot"))} style={format!("left:{:.1}%", place / 10.0)}>{ format!(":{port}") }</span>
        })
    });
    let calling = requests.iter().filter(|request| request.source_port > 0).filter_map(|request| {
        let place = caller_place(pod, end_here(pod, &request.from)?);
        Some(html! {
            <span key={format!("r{}", request.seq)} class="band__sock" style={format!("left:{:.1}%", place / 10.0)}>{ format!(":{}", request.source_port) }</span>
        })
    });
    html! { <>{ for listening }{ for calling }</> }
}

/// The request itself, on its way: to the socket, or, refused, to stop there.
fn parcel(pod: &PodView, request: &RequestView) -> Option<Html> {
    let (start, end) = path(pod, request)?;
    let style = format!("--from:{:.1}%;--to:{:.1}%", start / 10.0, end / 10.0);
    let word = match &request.outcome {
        Outcome::Answered(answer) if !answer.is_empty() => answer.clone(),
        Outcome::Refused => "refused".to_owned(),
        Outcome::Unreachable => "unreachable".to_owned(),
        _ => String::new(),
    };
    Some(html! {
        <span key={format!("q{}", request.seq)} class={classes!("parcel", refused(request).then_some("parcel--refused"))} {style}>
            { &request.label }<em>{ word.clone() }</em>
        </span>
    }).map(|there| match &request.outcome {
        Outcome::Answered(answer) => html! {
            <>
                { there }
                <span key={format!("a{}", request.seq)} class="parcel parcel--back" style={format!("--from:{:.1}%;--to:{:.1}%", end / 10.0, start / 10.0)}>
                    { if answer.is_empty() { "ok" } else { answer.as_str() } }
                </span>
            </>
        },
        _ => there,
    })
}
