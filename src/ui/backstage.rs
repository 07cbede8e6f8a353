//! Behind the scenes: one command's journey through the cluster as a sequence picture, all at once or at human speed.
use gloo_timers::callback::Interval;
use podground::session::{JourneyStep, JourneyView, Lane, Phase};
use web_sys::{Element, HtmlSelectElement};
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::dom;
use super::i18n::Key;
use super::icon::{icon, small_icon};
use super::live::Live;
use super::page::Act;

/// Between two messages at human speed.
const STEP_MILLIS: u32 = 1_100;
/// Commands that can be chosen from.
const MOST_COMMANDS: usize = 30;

#[derive(Properties, PartialEq)]
pub struct BackstageProps {
    pub live: Live,
    /// The command's place in the timeline; none is the last one.
    pub of: Option<usize>,
}

/// The pane that takes the place of picture, editor and terminal.
#[component]
pub fn Backstage(props: &BackstageProps) -> Html {
    let bench = use_bench();
    let commands = &props.live.timeline.commands;
    let index = props.of.or(commands.len().checked_sub(1));
    let journey = {
        let session = bench.session.clone();
        use_memo((index, props.live.timeline.clone(), bench.epoch), move |(index, ..)| index.and_then(|index| session.journey(index)))
    };
    let shown = use_state_eq(|| None::<usize>);
    let playing = use_state_eq(|| false);
    let body = use_node_ref();
    let count = journey.as_ref().as_ref().map_or(0, |journey| journey.steps.len());
    {
        let (shown, playing) = (shown.clone(), playing.clone());
        use_effect_with((*playing, *shown, count), move |(on, now, count)| {
            let timer = on.then(|| {
                let (next, last) = (now.unwrap_or(0) + 1, *count);
                Interval::new(STEP_MILLIS, move || {
                    shown.set((next < last).then_some(next));
                    playing.set(next < last);
                })
            });
            move || drop(timer)
        });
    }
    {
        let body = body.clone();
        use_effect_with(*shown, move |_| follow(&body));
    }
    let play = {
        let (shown, playing) = (shown.clone(), playing.clone());
        Callback::from(move |_: MouseEvent| {
            shown.set((!*playing).then_some(1));
            playing.set(!*playing);
        })
    };
    let step = {
        let (shown, playing) = (shown.clone(), playing.clone());
        Callback::from(move |_: MouseEvent| {
            playing.set(false);
            shown.set(Some(shown.map_or(1, |now| (now + 1).min(count))));
        })
    };
    html! {
        <section class="pane backstage" tabindex="-1" aria-label={bench.t(Key::Backstage)}>
            <div class="pane__bar">
                { small_icon("seq") }<h2>{ bench.t(Key::Backstage) }</h2>
                { choice(&bench, &props.live, index) }
                if let Some(journey) = &*journey {
                    <small class="hide-phone">{ bench.f(Key::BackstageOf, &[&seconds(journey.lasts_ms), &journey.steps.len().to_string()]) }</small>
                }
                <span class="grow" />
                <button class="btn btn--quiet btn--icon" aria-label={bench.t(Key::BackstageStep)} title={bench.t(Key::BackstageStep)} onclick={step}>{ icon("step") }</button>
                <button class="btn" aria-pressed={if *playing { "true" } else { "false" }} onclick={play}>
                    { small_icon(if *playing { "pause" } else { "play" }) }{ bench.t(if *playing { Key::BackstageAll } else { Key::BackstagePlay }) }
                </button>
                <button class="btn btn--quiet btn--icon" aria-label={bench.t(Key::Close)} onclick={bench.on(Act::Backstage(None))}>{ icon("close") }</button>
            </div>
            <div class="backstage__body" ref={body} tabindex="0" role="group" aria-label={bench.t(Key::Backstage)}>
                { picture(&bench, (*journey).as_ref(), index.is_some(), *shown) }
            </div>
        </section>
    }
}

fn follow(body: &NodeRef) {
    if let Some(last) = body.cast::<Element>().and_then(|body| dom::find_all(&body, ".msg").pop()) {
        last.scroll_into_view_with_bool(false);
    }
}

fn choice(bench: &Bench, live: &Live, index: Option<usize>) -> Html {
    let commands = &live.timeline.commands;
    let chosen = {
        let bench = bench.clone();
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                bench.act(Act::Backstage(Some(select.value().parse().ok())));
            }
        })
    };
    html! {
        <select class="choice-ns backstage__choice" aria-label={bench.t(Key::BackstageChoose)} onchange={chosen}>
            { for commands.iter().enumerate().rev().take(MOST_COMMANDS).map(|(at, command)| html! {
                <option value={at.to_string()} selected={index == Some(at)}>{ &command.line }</option>
            }) }
        </select>
    }
}

fn seconds(millis: u64) -> String {
    format!("{:.1}", millis as f64 / 1000.0)
}

fn picture(bench: &Bench, journey: Option<&JourneyView>, any: bool, shown: Option<usize>) -> Html {
    let Some(journey) = journey.filter(|journey| !journey.steps.is_empty()) else {
        let key = if any { Key::BackstageLocal } else { Key::BackstageNone };
        return html! { <div class="say"><h3>{ bench.t(key) }</h3></div> };
    };
    let lanes = lanes(journey);
    let visible = journey.steps.get(..shown.unwrap_or(usize::MAX).min(journey.steps.len())).unwrap_or_default();
    let groups = visible.chunk_by(|left, right| left.phase == right.phase);
    html! {
        <div class="seq" style={format!("--lanes:{}", lanes.len())}>
            <div class="seq__heads" aria-hidden="true">
                { for lanes.iter().map(|lane| html! { <b>{ lane_name(*lane) }<small>{ lane_place(*lane, journey) }</small></b> }) }
            </div>
            <ol class="seq__groups">
                { for groups.enumerate().map(|(number, steps)| group(bench, number, steps, &lanes)) }
            </ol>
            if journey.more_pods > 0 {
                <p class="seq__more">{ bench.f(Key::MorePodsSame, &[&journey.more_pods.to_string()]) }</p>
            }
        </div>
    }
}

/// The lanes that somebody uses, in their order.
fn lanes(journey: &JourneyView) -> Vec<Lane> {
    const ALL: [Lane; 7] = [Lane::Kubectl, Lane::Server, Lane::Store, Lane::Controllers, Lane::Scheduler, Lane::Kubelet, Lane::Runtime];
    let written = journey.steps.iter().any(|step| !step.note.is_empty());
    let used = |lane: &Lane| journey.steps.iter().any(|step| step.from == *lane || step.to == *lane) || *lane == Lane::Store && written;
    ALL.into_iter().filter(used).collect()
}

fn lane_name(lane: Lane) -> &'static str {
    match lane {
        Lane::Kubectl => "kubectl",
        Lane::Server => "API server",
        Lane::Store => "store",
        Lane::Controllers => "controllers",
        Lane::Scheduler => "scheduler",
        Lane::Kubelet => "kubelet",
        Lane::Runtime => "runtime",
    }
}

fn lane_place(lane: Lane, journey: &JourneyView) -> String {
    match lane {
        Lane::Kubectl => "workstation".to_owned(),
        Lane::Store => "etcd".to_owned(),
        Lane::Kubelet => journey.node.clone().unwrap_or_default(),
        Lane::Runtime => "containerd".to_owned(),
        _ => "control plane".to_owned(),
    }
}

fn group(bench: &Bench, number: usize, steps: &[JourneyStep], lanes: &[Lane]) -> Html {
    let Some(first) = steps.first() else { return Html::default() };
    let (title, text) = match first.phase {
        Phase::Ask => (Key::PhaseAsk, Key::PhaseAskText),
        Phase::Keep => (Key::PhaseKeep, Key::PhaseKeepText),
        Phase::Control => (Key::PhaseControl, Key::PhaseControlText),
        Phase::Place => (Key::PhasePlace, Key::PhasePlaceText),
        Phase::Start => (Key::PhaseStart, Key::PhaseStartText),
        Phase::Tell => (Key::PhaseTell, Key::PhaseTellText),
    };
    html! {
        <li class="seq__group" key={number}>
            <div class="seq__say"><h3>{ format!("{}. {}", number + 1, bench.t(title)) }</h3><p>{ bench.t(text) }</p></div>
            <ol class="seq__msgs">{ for steps.iter().map(|step| message(step, lanes)) }</ol>
        </li>
    }
}

/// A message: an arrow from lane to lane, its words over it, the answer under it.
fn message(step: &JourneyStep, lanes: &[Lane]) -> Html {
    let width = 100.0 / lanes.len().max(1) as f64;
    let middle = |lane: Lane| (lanes.iter().position(|known| *known == lane).unwrap_or(0) as f64 + 0.5) * width;
    let (from, to) = (middle(step.from), middle(step.to));
    let (left, length) = (from.min(to), (to - from).abs());
    let place = format!("left:{left:.2}%;width:{length:.2}%");
    let class = classes!("msg", step.watch.then_some("is-watch"), step.failed.then_some("is-fail"), (from > to).then_some("is-left"));
    let label = format!("{} → {}: {}", lane_name(step.from), lane_name(step.to), step.text);
    let time = if step.at_ms < 1000 { format!("{} ms", step.at_ms) } else { format!("{} s", seconds(step.at_ms)) };
    // What was considered stands beside who considered it, where there is room.
    let beside = match from > 55.0 {
        true => format!("margin-right:{:.2}%;align-self:flex-end;text-align:right", 100.0 - from + 1.0),
        false => format!("margin-left:{:.2}%", from + 1.0),
    };
    html! {
        <li {class}>
            <span class="vh">{ label }{ step.answer.as_ref().map(|answer| format!(" → {answer}")) }</span>
            <time aria-hidden="true">{ time }</time>
            <div class="msg__lane" aria-hidden="true">
                <span class="msg__line" style={place.clone()} title={step.actor.clone()}><i>{ if step.watch { format!("watch: {}", step.text) } else { step.text.clone() } }</i></span>
                if !step.note.is_empty() && step.to == Lane::Server {
                    <span class="msg__rev" style={format!("left:{:.2}%", middle(Lane::Store))}>{ &step.note }</span>
                } else if !step.note.is_empty() {
                    <span class="msg__rev" style={format!("left:{to:.2}%")}>{ &step.note }</span>
                }
                if let Some(answer) = &step.answer {
                    <span class="msg__line msg__back" style={place}><i title={answer.clone()}>{ answer }</i></span>
                }
                if !step.detail.is_empty() {
                    <span class="msg__detail" style={beside}>{ for step.detail.iter().map(|line| html! { <span>{ line }</span> }) }</span>
                }
            </div>
        </li>
    }
}
