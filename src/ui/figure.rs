//! Figures in the lesson's prose: small clusters of their own, run by the same engine, shown as they came out.
use podground::session::{Figure, FigureView, PodTrack, PodView, Span, State, figure, highlight};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::i18n::Key;
use super::icon::{shape, state_class};
use super::time::short_duration;

#[derive(Properties, PartialEq)]
pub struct FigureProps {
    pub figure: Figure,
}

/// One figure, with its caption.
#[component]
pub fn FigureBox(props: &FigureProps) -> Html {
    let bench = use_bench();
    let view = use_memo(props.figure.clone(), figure);
    let selector = use_state(|| view.selector.clone());
    let inside = match (props.figure.kind.as_str(), &view.refused) {
        (_, Some(why)) => html! { <p>{ why }</p> },
        ("selector-board", None) => board(&bench, &view, &selector),
        ("lifecycle-strip", None) => strips(&bench, &view),
        _ => html! { <div class="fig__pods">{ for view.cluster.pods.iter().map(pod_box) }</div> },
    };
    let caption = Html::from_html_unchecked(AttrValue::from(props.figure.caption.clone()));
    html! { <figure class="fig">{ inside }<figcaption class="prose">{ caption }</figcaption></figure> }
}

/// A pod opened: its volumes on top, its containers, and the address that they share below.
pub fn pod_box(pod: &PodView) -> Html {
    html! {
        <div class={classes!("fig__pod", state_class(pod.state))} key={pod.uid.clone()}>
            <div class="fig__head">{ shape(pod.state) }<b>{ &pod.name }</b><span>{ format!("{} {}/{}", pod.phase_word, pod.ready.0, pod.ready.1) }</span></div>
            { labels(pod) }
            { for pod.volumes.iter().map(|volume| html! { <div class="fig__vol">{ format!("{} ({})", volume.name, volume.kind) }</div> }) }
            <div class="fig__boxes">
                { for pod.containers.iter().map(|container| html! {
                    <div class={classes!("fig__box", state_class(container.state))}>
                        <b>{ shape(container.state) }{ &container.name }</b>
                        <span>{ &container.image }</span>
                        { for container.ports.iter().map(|port| html! { <span class="ink-net">{ format!(":{port}") }</span> }) }
                        { for container.mounts.iter().map(|(volume, path)| html! { <span>{ format!("{path} → {volume}") }</span> }) }
                        if container.restarts > 0 { <span>{ format!("RESTARTS {}", container.restarts) }</span> }
                    </div>
                }) }
            </div>
            if let Some(ip) = &pod.ip { <div class="fig__band ink-net">{ format!("{ip} · {}", pod.hostname) }</div> }
        </div>
    }
}

fn labels(pod: &PodView) -> Html {
    html! { <div class="fig__labels">{ for pod.labels.iter().map(|(key, value)| html! { <span class="chip">{ format!("{key}={value}") }</span> }) }</div> }
}

/// A field for a selector, and the pods that it finds.
fn board(bench: &Bench, view: &FigureView, selector: &UseStateHandle<String>) -> Html {
    let found = highlight(selector.trim(), view.cluster.pods.iter());
    let set = selector.setter();
    let typed = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            set.set(input.value());
        }
    });
    let said = match &found {
        Ok(found) if found.pods.len() == 1 => bench.t(Key::SelectorCountOne).to_owned(),
        Ok(found) => bench.f(Key::SelectorCount, &[&found.pods.len().to_string()]),
        Err(_) => bench.t(Key::SelectorBad).to_owned(),
    };
    let lit = |pod: &PodView| found.as_ref().is_ok_and(|found| found.pods.contains(&pod.uid));
    html! {
        <>
            <label class="fig__field"><code>{ "kubectl get pods -l" }</code>
                <input class="field" aria-label={bench.t(Key::SelectorField)} autocomplete="off" autocapitalize="off" spellcheck="false"
                    value={(**selector).clone()} oninput={typed} />
                <span role="status">{ said }</span>
            </label>
            <div class="fig__pods">
                { for view.cluster.pods.iter().map(|pod| html! {
                    <div key={pod.uid.clone()} class={classes!("fig__pod", "fig__pod--card", lit(pod).then_some("is-lit"))}>
                        <b>{ &pod.name }</b>{ labels(pod) }
                    </div>
                }) }
            </div>
        </>
    }
}

/// The word that kubectl has for a state in most cases.
fn word(state: State) -> &'static str {
    match state {
        State::Running => "Running",
        State::Making => "ContainerCreating",
        State::Waiting => "Pending",
        State::Failed => "CrashLoopBackOff",
        State::Terminating => "Terminating",
        State::Done => "Completed",
    }
}

/// Each pod's life as a bar of its states.
fn strips(bench: &Bench, view: &FigureView) -> Html {
    let end = view.timeline.now_ms.max(1);
    html! {
        <div class="fig__strips" role="list" aria-label={bench.t(Key::TimePane)}>
            { for view.timeline.pods.iter().map(|track| strip(track, end)) }
            <div class="fig__axis" aria-hidden="true"><span>{ "0s" }</span><span>{ short_duration(end) }</span></div>
        </div>
    }
}

fn strip(track: &PodTrack, end: u64) -> Html {
    let until = |span: &Span| span.to_ms.unwrap_or(end).min(end);
    html! {
        <div class="fig__strip" role="listitem">
            <b>{ &track.name }</b>
            <div class="fig__bar">
                { for track.spans.iter().filter(|span| until(span) > span.from_ms).map(|span| {
                    let (from, width) = (span.from_ms as f64 / end as f64 * 100.0, (until(span) - span.from_ms) as f64 / end as f64 * 100.0);
                    let said = format!("{} {}–{}", word(span.state), short_duration(span.from_ms), short_duration(until(span)));
                    html! {
                        <span class={classes!("fig__span", state_class(span.state))} style={format!("left:{from:.2}%;width:{width:.2}%")} title={said.clone()}>
                            { shape(span.state) }<span class="fig__word">{ word(span.state) }</span><span class="vh">{ said }</span>
                        </span>
                    }
                }) }
            </div>
        </div>
    }
}
