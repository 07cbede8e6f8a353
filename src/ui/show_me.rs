//! "Show me": a step's solution, typed at the prompt before the learner's eyes, at reading speed or command by command.
use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Interval;
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::i18n::Key;
use super::icon::small_icon;

const KEY_MILLIS: u32 = 45;
/// Between a command's end and the next command's first letter, in ticks of a key.
const READING_TICKS: u32 = 45;

#[derive(Properties, PartialEq)]
pub struct ShowMeProps {
    pub solution: Vec<String>,
    pub done: Callback<()>,
}

/// How far the show is.
#[derive(Default)]
struct Stage {
    command: usize,
    /// Letters of the command that are typed.
    typed: usize,
    /// Ticks to wait before the next letter.
    rest: u32,
    /// The command has been entered and must end first.
    running: bool,
    playing: bool,
    /// The next command is played, then it stops.
    once: bool,
}

/// The controls, and what types.
#[component]
pub fn ShowMe(props: &ShowMeProps) -> Html {
    let bench = use_bench();
    let stage = use_mut_ref(|| Stage { playing: true, ..Stage::default() });
    let shown = use_state_eq(|| (0_usize, true));
    {
        let (bench, stage, solution) = (bench.clone(), stage.clone(), props.solution.clone());
        let (shown, done) = (shown.setter(), props.done.clone());
        use_effect_with(bench.epoch, move |_| {
            let timer = Interval::new(KEY_MILLIS, move || {
                tick(&bench, &stage, &solution);
                let now = stage.borrow();
                shown.set((now.command, now.playing));
                if now.command >= solution.len() {
                    done.emit(());
                }
            });
            move || drop(timer)
        });
    }
    let (command, playing) = *shown;
    let play = control(&stage, |stage| (stage.playing, stage.once) = (!stage.playing, false));
    let step = control(&stage, |stage| (stage.playing, stage.once, stage.rest) = (true, true, 0));
    let count = format!("{}/{}", (command + 1).min(props.solution.len()), props.solution.len());
    html! {
        <div class="show-me" role="group" aria-label={bench.t(Key::ShowMe)}>
            <b>{ bench.t(Key::ShowMe) }</b><span role="status">{ count }</span><span class="grow" />
            <button class="btn btn--quiet btn--icon" aria-label={bench.t(if playing { Key::ShowPause } else { Key::ShowPlay })} onclick={play}>
                { small_icon(if playing { "pause" } else { "play" }) }
            </button>
            <button class="btn btn--quiet btn--icon" aria-label={bench.t(Key::ShowStep)} title={bench.t(Key::ShowStep)} onclick={step}>{ small_icon("step") }</button>
            <button class="btn btn--quiet btn--icon" aria-label={bench.t(Key::Close)} onclick={props.done.reform(|_: MouseEvent| ())}>{ small_icon("close") }</button>
        </div>
    }
}

fn control(stage: &Rc<RefCell<Stage>>, change: impl Fn(&mut Stage) + 'static) -> Callback<MouseEvent> {
    let stage = stage.clone();
    Callback::from(move |_: MouseEvent| change(&mut stage.borrow_mut()))
}

/// Types the next letter when it is time for one.
fn tick(bench: &Bench, stage: &Rc<RefCell<Stage>>, solution: &[String]) {
    let mut now = stage.borrow_mut();
    let terminal = bench.terminal();
    if now.running {
        // The prompt is back when nothing but the shell is in the foreground.
        let title = bench.session.terminal_title(terminal);
        if !title.starts_with("bash") && !title.starts_with("-bash") {
            return;
        }
        (now.running, now.typed, now.rest) = (false, 0, READING_TICKS);
        now.command += 1;
        if now.once {
            (now.playing, now.once) = (false, false);
        }
    }
    let Some(line) = solution.get(now.command).filter(|_| now.playing) else { return };
    if now.rest > 0 {
        now.rest -= 1;
        return;
    }
    match line.chars().nth(now.typed) {
        Some(letter) => {
            now.typed += 1;
            bench.press(terminal, letter.encode_utf8(&mut [0; 4]));
        }
        None => {
            now.running = true;
            bench.press(terminal, "\r");
        }
    }
}
