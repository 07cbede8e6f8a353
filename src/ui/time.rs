//! Time: the clock, its controls, and the score (commands as bar lines, one line for each pod).
use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::{Interval, Timeout};
use podground::session::{Lang, PodTrack, State, TimelineView};
use wasm_bindgen::JsCast;
use yew::prelude::*;

use super::bench::{Bench, Travel, use_bench};
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
/// The page follows the slider's keys when they have rested for so long.
const TRAVEL_AFTER_MILLIS: u32 = 350;
/// Warnings that are marked.
const MOST_EVENTS: usize = 200;

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

/// A button of the bar, known by its picture.
fn icon_button(bench: &Bench, sign: &'static str, key: Key, click: Callback<MouseEvent>) -> Html {
    html! { <button class="btn btn--quiet btn--icon" aria-label={bench.t(key)} title={bench.t(key)} onclick={click}>{ icon(sign) }</button> }
}

/// The bar at the bottom.
#[component]
pub fn TimeBar(props: &TimeBarProps) -> Html {
    let bench = use_bench();
    let page = &bench.page;
    let (pause_key, pause_icon) = if page.paused { (Key::ResumeTime, "play") } else { (Key::PauseTime, "pause") };
    let step = {
        let bench = bench.clone();
        Callback::from(move |_: MouseEvent| step(&bench))
    };
    let skip = {
        let bench = bench.clone();
        Callback::from(move |_: MouseEvent| skip(&bench))
    };
    let travel = |to: Travel| bench.travel.reform(move |_: MouseEvent| to);
    html! {
        <footer class={classes!("time", bench.past.is_some().then_some("is-past"))} aria-label={bench.t(Key::TimePane)}>
            <div class="ctl">
                <Clock />
                if bench.past.is_some() {
                    <button class="btn btn--go" onclick={travel(Travel::Back)}>{ bench.t(Key::BackToNow) }</button>
                    { icon_button(&bench, "branch", Key::GoOnFromHere, travel(Travel::Branch)) }
                } else {
                    <button class="btn btn--icon" aria-label={bench.t(pause_key)} title={bench.t(pause_key)} onclick={bench.on(Act::Paused(!page.paused))}>{ icon(pause_icon) }</button>
                    { icon_button(&bench, "step", Key::StepEvent, step) }
                    { icon_button(&bench, "skip", Key::SkipToChange, skip) }
                    <span class="seg" role="group" aria-label={bench.t(Key::Speed)}>
                        { for SPEEDS.iter().map(|speed| {
                            let on = page.speed == *speed && !page.paused;
                            html! { <button aria-pressed={if on { "true" } else { "false" }} onclick={bench.on(Act::Speed(*speed))}>{ format!("×{speed}") }</button> }
                        }) }
                    </span>
                }
            </div>
            <Score timeline={props.timeline.clone()} />
            <div class="time__more">
                if bench.past.is_none() {
                    { icon_button(&bench, "undo", Key::UndoCommand, travel(Travel::Undo)) }
                }
                if bench.has_other {
                    { icon_button(&bench, "branch", Key::OtherBranch, travel(Travel::Other)) }
                }
                { icon_button(&bench, "compare", Key::CompareMoments, bench.on(Act::Compare(true))) }
            </div>
        </footer>
    }
}

/// On to the next event; time stands still then.
pub fn step(bench: &Bench) {
    if bench.past.is_none() {
        bench.act(Act::Paused(true));
        bench.session.step_to_next_event();
    }
}

/// On to when something happens to a pod.
pub fn skip(bench: &Bench) {
    if bench.past.is_none() && !bench.session.skip_to_change() {
        bench.act(Act::Notice(Some(bench.t(Key::NothingHappens).to_owned())));
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
    let how = bench.t(match (bench.past.is_some(), bench.page.paused) {
        (true, _) => Key::Then,
        (_, true) => Key::NowPaused,
        _ => Key::NowRunning,
    });
    html! { <div class="clock" role="timer">{ (*text).clone() }<small>{ how }</small></div> }
}

/// The score, and the slider on it: dragged back, the whole page shows that moment.
#[component]
fn Score(props: &TimeBarProps) -> Html {
    let bench = use_bench();
    let here = props.timeline.now_ms;
    let timeline: &TimelineView = bench.past.as_ref().map_or(&props.timeline, |past| &past.timeline);
    let now = timeline.now_ms;
    let span = now.max(LEAST_SPAN_MILLIS) as f64 / PAST;
    let at = |millis: u64| millis as f64 / span;
    let node = use_node_ref();
    let aim = use_aim(&bench, &node, now, span);
    let shown = aim.target.unwrap_or(if bench.past.is_some() { here } else { now });
    let empty = timeline.commands.is_empty() && timeline.pods.is_empty();
    let percent = |millis: u64| format!("left:{:.2}%", at(millis) * 100.0);
    html! {
        <div class={classes!("score", aim.target.is_some().then_some("is-aimed"))} ref={node}>
            if empty {
                <p class="score__empty" style={format!("left:calc({:.2}% + 1rem)", at(now) * 100.0)}>{ bench.t(Key::ScoreEmpty) }</p>
            }
            { marks(timeline, at) }
            <svg class="lines" viewBox={format!("0 0 1000 {SCORE_HEIGHT}")} preserveAspectRatio="none" aria-hidden="true">
                { for lanes(timeline).iter().enumerate().map(|(index, (pod, height))| track(pod, index, *height, now, at)) }
            </svg>
            <div class="score__names" aria-hidden="true">
                { for lanes(timeline).iter().enumerate().map(|(index, (pod, height))| html! {
                    <span style={format!("top:{:.1}%", index as f64 * height / SCORE_HEIGHT * 100.0)}>{ &pod.name }</span>
                }) }
            </div>
            { events(timeline, at) }
            <span class="future" style={percent(now)} />
            <span class="head" style={percent(shown)}>
                if aim.target.is_some() {
                    <b aria-hidden="true">{ clock_text(shown) }</b>
                }
            </span>
            <div class="score__slider" role="slider" tabindex="0" aria-label={bench.f(Key::ScoreSlider, &[&timeline.commands.len().to_string()])}
                aria-valuemin="0" aria-valuemax={(now / 1000).to_string()} aria-valuenow={(shown / 1000).to_string()} aria-valuetext={said(&bench, timeline, shown)}
                onpointerdown={aim.down} onpointermove={aim.moved} onpointerup={aim.up} onpointercancel={aim.cancel} onkeydown={aim.key} />
            { command_list(&bench, timeline) }
        </div>
    }
}

/// A moment in words: its time, and the command before it.
fn said(bench: &Bench, timeline: &TimelineView, millis: u64) -> String {
    let last = timeline.commands.iter().rev().find(|command| command.at_ms <= millis);
    let after = last.map_or_else(|| bench.t(Key::ScoreStart).to_owned(), |command| command.line.clone());
    bench.f(Key::ScoreAt, &[&clock_text(millis), &after])
}

/// Where the slider is being moved to, and what moves it.
struct Aim {
    target: Option<u64>,
    down: Callback<PointerEvent>,
    moved: Callback<PointerEvent>,
    up: Callback<PointerEvent>,
    cancel: Callback<PointerEvent>,
    key: Callback<KeyboardEvent>,
}

#[hook]
fn use_aim(bench: &Bench, node: &NodeRef, now: u64, span: f64) -> Aim {
    let target = use_state_eq(|| None::<u64>);
    let timer = use_mut_ref(|| None::<Timeout>);
    let held = use_mut_ref(|| false);
    let place = {
        let node = node.clone();
        move |event: &PointerEvent| {
            let rect = node.cast::<web_sys::Element>()?.get_bounding_client_rect();
            let part = (f64::from(event.client_x()) - rect.x()) / rect.width().max(1.0);
            Some(((part * span).max(0.0) as u64).min(now))
        }
    };
    let (held_down, set, find) = (held.clone(), target.clone(), place.clone());
    let down = Callback::from(move |event: PointerEvent| {
        *held_down.borrow_mut() = true;
        set.set(find(&event));
        if let Some(element) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) {
            let _ = element.set_pointer_capture(event.pointer_id());
        }
    });
    let (held_moved, set, find) = (held.clone(), target.clone(), place.clone());
    let moved = Callback::from(move |event: PointerEvent| {
        if *held_moved.borrow() {
            set.set(find(&event));
        }
    });
    let (held_up, set, travel) = (held.clone(), target.clone(), bench.travel.clone());
    let up = Callback::from(move |event: PointerEvent| {
        if std::mem::take(&mut *held_up.borrow_mut())
            && let Some(millis) = place(&event)
        {
            travel.emit(Travel::To(near_now(millis, now)));
        }
        set.set(None);
    });
    let set = target.clone();
    let cancel = Callback::from(move |_: PointerEvent| {
        *held.borrow_mut() = false;
        set.set(None);
    });
    let key = slider_keys(bench, &target, timer, now);
    Aim { target: *target, down, moved, up, cancel, key }
}

/// A drag that ends a finger's width from the present means the present.
fn near_now(millis: u64, now: u64) -> u64 {
    if millis + now / 100 >= now { now } else { millis }
}

fn slider_keys(
    bench: &Bench,
    target: &UseStateHandle<Option<u64>>,
    timer: Rc<RefCell<Option<Timeout>>>,
    now: u64,
) -> Callback<KeyboardEvent> {
    let (bench, target) = (bench.clone(), target.clone());
    Callback::from(move |event: KeyboardEvent| {
        let here = target.unwrap_or_else(|| bench.session.now_ms());
        let timeline = bench.past.as_ref().map_or_else(|| bench.session.timeline(), |past| past.timeline.clone());
        let mut marks = timeline.commands.iter().map(|command| command.at_ms);
        let jump = if event.shift_key() { 10_000 } else { 1_000 };
        let next = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => here.saturating_sub(jump),
            "ArrowRight" | "ArrowUp" => (here + jump).min(now),
            "PageDown" => marks.rfind(|at| at + 500 < here).unwrap_or(0),
            "PageUp" => marks.find(|at| *at > here).unwrap_or(now),
            "Home" => 0,
            "End" => now,
            _ => return,
        };
        event.prevent_default();
        target.set(Some(next));
        let (travel, target) = (bench.travel.clone(), target.clone());
        *timer.borrow_mut() = Some(Timeout::new(TRAVEL_AFTER_MILLIS, move || {
            target.set(None);
            travel.emit(Travel::To(next));
        }));
    })
}

/// Warnings of the cluster, as marks under the commands.
fn events(timeline: &TimelineView, at: impl Fn(u64) -> f64) -> Html {
    html! {
        <>
            { for timeline.events.iter().filter(|event| event.warning).rev().take(MOST_EVENTS).map(|event| html! {
                <span class="mark" style={format!("left:{:.2}%", at(event.at_ms) * 100.0)} title={format!("{} {}", event.reason, event.about)} aria-hidden="true" />
            }) }
        </>
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
