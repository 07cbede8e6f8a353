//! Two moments side by side: which objects came, went, or changed, and in which fields.
use podground::session::{Difference, Fate};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::dom;
use super::engine::Session;
use super::i18n::Key;
use super::icon::{icon, small_icon};
use super::page::Act;
use super::time::clock_text;

/// Moments that can be chosen from.
const MOST_MOMENTS: usize = 30;

/// Kinds whose changes follow from those of others.
const QUIET: &[&str] = &["Node", "Endpoints", "EndpointSlice"];
/// Letters of a value that are shown.
const MOST_LETTERS: usize = 160;

/// The dialog.
#[component]
pub fn Compare() -> Html {
    let bench = use_bench();
    let present = bench.present.clone().unwrap_or_else(|| bench.session.clone());
    let moments = moments(&bench, &present);
    // At first: from the moment on the screen, or from before the last command, to now.
    let from = use_state_eq(|| if bench.past.is_some() { 1 } else { moments.len().min(2) - 1 });
    let to = use_state_eq(|| 0_usize);
    let found = {
        let times = (moments.get(*from).map(|moment| moment.0), moments.get(*to).map(|moment| moment.0), bench.epoch);
        let present = present.clone();
        use_memo(times, move |(from, to, _)| differences(&present, *from, *to))
    };
    let back = use_mut_ref(|| dom::document().active_element());
    use_effect_with((), move |()| {
        dom::focus(".compare select");
        move || dom::refocus(&back.borrow_mut().take())
    });
    let close = bench.on::<MouseEvent>(Act::Compare(false));
    let key = {
        let bench = bench.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                bench.act(Act::Compare(false));
            }
        })
    };
    html! {
        <div class="veil" onclick={close.clone()} onkeydown={key}>
            <div class="palette compare" role="dialog" aria-modal="true" aria-label={bench.t(Key::CompareMoments)} onclick={|event: MouseEvent| event.stop_propagation()}>
                <div class="compare__head">
                    { icon("compare") }<h2>{ bench.t(Key::CompareMoments) }</h2><span class="grow" />
                    <button class="btn btn--quiet btn--icon" aria-label={bench.t(Key::Close)} onclick={close}>{ icon("close") }</button>
                </div>
                <div class="compare__pick">
                    { pick(&bench, Key::CompareFrom, &moments, &from) }
                    { small_icon("chev") }
                    { pick(&bench, Key::CompareTo, &moments, &to) }
                </div>
                <div class="compare__list" role="status">
                    if found.is_empty() {
                        <p>{ bench.t(Key::NoDifference) }</p>
                    }
                    { for found.iter().map(|difference| entry(&bench, difference)) }
                </div>
            </div>
        </div>
    }
}

/// Times and their names, the newest first.
fn moments(bench: &Bench, present: &Session) -> Vec<(u64, String)> {
    let mut all = vec![(present.now_ms(), bench.t(Key::MomentNow).to_owned())];
    if bench.past.is_some() {
        all.push((bench.session.now_ms(), bench.t(Key::MomentHere).to_owned()));
    }
    let commands = present.timeline().commands;
    let before = commands.iter().rev().take(MOST_MOMENTS);
    all.extend(before.map(|command| (command.at_ms.saturating_sub(1), bench.f(Key::MomentBefore, &[&command.line]))));
    all.push((0, bench.t(Key::ScoreStart).to_owned()));
    all
}

fn differences(present: &Session, from: Option<u64>, to: Option<u64>) -> Vec<Difference> {
    let then = |at: Option<u64>| {
        let at = at?;
        if at >= present.now_ms() { Some(present.clone()) } else { present.at(at).ok() }
    };
    match (then(from), then(to)) {
        (Some(from), Some(to)) => from.compare(&to),
        _ => Vec::new(),
    }
}

fn pick(bench: &Bench, key: Key, moments: &[(u64, String)], chosen: &UseStateHandle<usize>) -> Html {
    let set = {
        let chosen = chosen.clone();
        Callback::from(move |event: Event| {
            if let Some(index) = event.target_dyn_into::<HtmlSelectElement>().and_then(|select| select.value().parse().ok()) {
                chosen.set(index);
            }
        })
    };
    html! {
        <label><span>{ bench.t(key) }</span>
            <select onchange={set}>
                { for moments.iter().enumerate().map(|(index, (at, name))| html! {
                    <option value={index.to_string()} selected={**chosen == index}>{ format!("{} {name}", clock_text(*at)) }</option>
                }) }
            </select>
        </label>
    }
}

fn short(value: &str) -> String {
    if value.chars().count() <= MOST_LETTERS { value.to_owned() } else { value.chars().take(MOST_LETTERS).chain(['…']).collect() }
}

fn entry(bench: &Bench, difference: &Difference) -> Html {
    let (class, sign, key) = match difference.fate {
        Fate::New => ("is-new", "+", Key::FateNew),
        Fate::Changed => ("is-changed", "~", Key::FateChanged),
        Fate::Gone => ("is-gone", "−", Key::FateGone),
    };
    let place = if difference.namespace.is_empty() { String::new() } else { format!("{}/", difference.namespace) };
    html! {
        <details class={classes!("diff", class)} open={difference.fields.len() < 12 && !QUIET.contains(&difference.kind.as_str())}>
            <summary><b aria-hidden="true">{ sign }</b><span class="diff__kind">{ &difference.kind }</span>{ format!("{place}{}", difference.name) }<small>{ bench.t(key) }</small></summary>
            if !difference.fields.is_empty() {
                <dl>{ for difference.fields.iter().map(|(path, old, new)| html! {
                    <div>
                        <dt>{ path.trim_start_matches('/').replace('/', ".") }</dt>
                        <dd>
                            if let Some(old) = old { <del>{ short(old) }</del> }
                            { " " }
                            if let Some(new) = new { <ins>{ short(new) }</ins> }
                        </dd>
                    </div>
                }) }</dl>
            }
        </details>
    }
}
