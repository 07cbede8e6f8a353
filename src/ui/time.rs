//! Time: the clock, its controls, and the score (commands as bar lines, one line for each pod).
use gloo_timers::callback::Interval;
use podground::session::{Lang, PodTrack, State, TimelineView};
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::i18n::Key;
use super::icon::icon;
use super::icon::state_name;
use super::live::Snap;
use super::page::Act;

const SPEEDS: &[u32] = &[1, 10, 100];
/// The score is at least this long: a young session is not stretched over the whole width.
const LEAST_SPAN_MILLIS: u64 = 60_000;
/// Part of the width that is past; the rest is to come.
const PAST: f64 = 0.94;
/// Labels nearer than this (of 1) to the one before are left out.
const LEAST_LABEL_GAP: f64 = 0.055;
/// A label this near (of 1) to the head would have it in its letters.
const HEAD_CROSSES: f64 = 0.11;
const SCORE_HEIGHT: f64 = 46.0;
const CLOCK_EVERY_MILLIS: u32 = 100;

/// `06:41.2`, or `1:06:41.2` after an hour.
pub fn clock_text(millis: u64) -> String {
    let (tenths, seconds, minutes, hours) = (millis / 100 % 10, millis / 1000 % 60, millis / 60_000 % 60, millis / 3_600_000);
    match hours {
        0 => format!("{minutes:02}:{seconds:02}.{tenths}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}.{tenths}"),
    }
}

/// `41s`, `2m18s`, `3h5m`: ages as kubectl writes them, near enough for a picture.
pub fn short_duration(millis: u64) -> String {
    let seconds = millis / 1000;
    match seconds {
        0..120 => format!("{seconds}s"),
        120..3600 => format!("{}m{}s", seconds / 60, seconds % 60),
        _ => format!("{}h{}m", seconds / 3600, seconds / 60 % 60),
    }
}

/// The same in words: `27초`, `27 s`.
pub fn duration_words(millis: u64, lang: Lang) -> String {
    let seconds = millis / 1000;
    let (minutes, rest) = (seconds / 60, seconds % 60);
    match (lang, minutes) {
        (Lang::Ko, 0) => format!("{rest}초"),
        (Lang::Ko, _) => format!("{minutes}분 {rest}초"),
        (Lang::En, 0) => format!("{rest} s"),
        (Lang::En, _) => format!("{minutes} min {rest} s"),
    }
}

#[derive(Properties, PartialEq)]
pub struct TimeBarProps {
    pub timeline: Snap<TimelineView>,
}

/// The bar at the bottom.
#[component]
pub fn TimeBar(props: &TimeBarProps) -> Html {
    let bench = use_bench();
    let page = &bench.page;
    let (pause_key, pause_icon) = if page.paused { (Key::ResumeTime, "play") } else { (Key::PauseTime, "pause") };
    let step = {
        let bench = bench.clone();
        Callback::from(move |_: MouseEvent| {
            bench.act(Act::Paused(true));
            bench.session.step_to_next_event();
        })
    };
    html! {
        <footer class="time" aria-label={bench.t(Key::TimePane)}>
            <div class="ctl">
                <Clock />
                <button class="btn btn--icon" aria-label={bench.t(pause_key)} title={bench.t(pause_key)} onclick={bench.on(Act::Paused(!page.paused))}>{ icon(pause_icon) }</button>
                <button class="btn btn--quiet btn--icon" aria-label={bench.t(Key::StepEvent)} title={bench.t(Key::StepEvent)} onclick={step}>{ icon("step") }</button>
                <span class="seg" role="group" aria-label={bench.t(Key::Speed)}>
                    { for SPEEDS.iter().map(|speed| {
                        let on = page.speed == *speed && !page.paused;
                        html! { <button aria-pressed={if on { "true" } else { "false" }} onclick={bench.on(Act::Speed(*speed))}>{ format!("×{speed}") }</button> }
                    }) }
                </span>
            </div>
            <Score timeline={props.timeline.clone()} />
        </footer>
    }
}

/// The clock reads the session by itself: nothing else need be drawn ten times a second.
#[component]
fn Clock() -> Html {
    let bench = use_bench();
    let text = use_state_eq(String::new);
    {
        let (session, text) = (bench.session.clone(), text.setter());
        use_effect_with(bench.epoch, move |_| {
            text.set(clock_text(session.now_ms()));
            let interval = Interval::new(CLOCK_EVERY_MILLIS, move || text.set(clock_text(session.now_ms())));
            move || drop(interval)
        });
    }
    let how = bench.t(if bench.page.paused { Key::NowPaused } else { Key::NowRunning });
    html! { <div class="clock" role="timer">{ (*text).clone() }<small>{ how }</small></div> }
}

/// The score.
#[component]
fn Score(props: &TimeBarProps) -> Html {
    let bench = use_bench();
    let timeline = &props.timeline;
    let now = timeline.now_ms;
    let span = now.max(LEAST_SPAN_MILLIS) as f64 / PAST;
    let at = |millis: u64| millis as f64 / span;
    let label = bench.f(Key::ScoreLabel, &[&clock_text(now), &timeline.commands.len().to_string(), &timeline.pods.len().to_string()]);
    let empty = timeline.commands.is_empty() && timeline.pods.is_empty();
    html! {
        <div class="score" role="group" aria-label={label} tabindex="0">
            if empty {
                <p class="score__empty" style={format!("left:calc({:.2}% + 1rem)", at(now) * 100.0)}>{ bench.t(Key::ScoreEmpty) }</p>
            }
            { marks(timeline, at) }
            <svg class="lines" viewBox={format!("0 0 1000 {SCORE_HEIGHT}")} preserveAspectRatio="none" aria-hidden="true">
                { for lanes(timeline).iter().enumerate().map(|(index, (pod, height))| track(pod, index, *height, now, at)) }
            </svg>
            <span class="future" style={format!("left:{:.2}%", at(now) * 100.0)} />
            <span class="head" style={format!("left:{:.2}%", at(now) * 100.0)} />
            { command_list(&bench, timeline) }
        </div>
    }
}

/// For those who cannot see the score: its commands as a list.
fn command_list(bench: &Bench, timeline: &TimelineView) -> Html {
    html! {
        <ol class="vh" aria-label={bench.t(Key::CommandsSoFar)}>
            { for timeline.commands.iter().rev().take(20).rev().map(|command| html! { <li>{ format!("{} {}", clock_text(command.at_ms), command.line) }</li> }) }
        </ol>
    }
}

fn marks(timeline: &TimelineView, at: impl Fn(u64) -> f64) -> Html {
    // From the right: the newest command always has its label.
    let mut right = f64::MAX;
    let mut shown = Vec::new();
    for (index, command) in timeline.commands.iter().enumerate().rev() {
        let left = at(command.at_ms);
        let roomy = right - left >= LEAST_LABEL_GAP;
        let newest = index + 1 == timeline.commands.len();
        let text = if roomy || newest { short_command(&command.line) } else { String::new() };
        let width = if right == f64::MAX { 1.0 - left } else { right - left };
        if roomy || newest {
            right = left;
        }
        // A label that the head would stand in goes on behind it.
        let to_head = at(timeline.now_ms) - left;
        let crossed = newest && to_head < HEAD_CROSSES;
        let behind_head = if crossed { format!(";padding-left:calc({:.2}% + 0.5rem)", to_head * 100.0) } else { String::new() };
        shown.push(html! {
            <span key={index} class={classes!("ev", newest.then_some("hot"))} aria-hidden="true" title={command.line.clone()}
                style={format!("left:{:.2}%;max-width:{:.2}%{behind_head}", left * 100.0, width.max(0.0) * 100.0)}>{ text }</span>
        });
    }
    shown.reverse();
    html! { <>{ for shown }</> }
}

/// The words of a command that tell it from others.
fn short_command(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().filter(|word| !word.starts_with('-')).collect();
    let words = match words.split_first() {
        Some((&("kubectl" | "k"), rest)) if !rest.is_empty() => rest,
        _ => &words,
    };
    words.iter().take(2).map(|word| word.rsplit('/').next().unwrap_or(word)).collect::<Vec<_>>().join(" ")
}

/// The pods that the score has room for, newest last, and the height of one line.
fn lanes(timeline: &TimelineView) -> Vec<(&PodTrack, f64)> {
    const MOST: usize = 14;
    let from = timeline.pods.len().saturating_sub(MOST);
    let shown = &timeline.pods[from..];
    let height = (SCORE_HEIGHT / shown.len().max(1) as f64).min(5.0);
    shown.iter().map(|pod| (pod, height)).collect()
}

fn track(pod: &PodTrack, index: usize, height: f64, now: u64, at: impl Fn(u64) -> f64) -> Html {
    let y = height / 2.0 + index as f64 * height;
    let line = |from: u64, to: u64, state: State| {
        let class = format!("lane lane--{}", state_name(state));
        html! { <path {class} d={format!("M{:.1} {y:.1}H{:.1}", at(from) * 1000.0, at(to) * 1000.0)} /> }
    };
    html! {
        <g key={pod.uid.clone()}>
            { for pod.spans.iter().map(|span| line(span.from_ms, span.to_ms.unwrap_or(now).max(span.from_ms), span.state)) }
        </g>
    }
}
