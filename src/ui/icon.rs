//! Icons and state shapes, all from the sprite in the page (`static/icons.svg`).
use podground::session::State;
use yew::prelude::*;

/// A line icon of the sprite, decorative.
pub fn icon(name: &'static str) -> Html {
    symbol("i", &format!("#i-{name}"))
}

/// The same, smaller.
pub fn small_icon(name: &'static str) -> Html {
    symbol("i i--s", &format!("#i-{name}"))
}

/// The shape of a state. Beside it there is always the state's word.
pub fn shape(state: State) -> Html {
    symbol("st", &format!("#s-{}", state_name(state)))
}

/// The tick of something done, the open ring of something to do.
pub fn tick(done: bool) -> Html {
    symbol("st", if done { "#s-done" } else { "#s-open" })
}

fn symbol(class: &'static str, href: &str) -> Html {
    html! { <svg {class} aria-hidden="true"><use href={href.to_owned()} /></svg> }
}

/// The name that the sprite and the style sheet use for a state.
pub fn state_name(state: State) -> &'static str {
    match state {
        State::Running => "run",
        State::Making => "make",
        State::Waiting => "wait",
        State::Failed => "fail",
        State::Terminating => "stop",
        State::Done => "done",
    }
}

/// The class that gives an element a state's colours.
pub fn state_class(state: State) -> &'static str {
    match state {
        State::Running => "is-run",
        State::Making => "is-make",
        State::Waiting => "is-wait",
        State::Failed => "is-fail",
        State::Terminating => "is-stop",
        State::Done => "is-done",
    }
}
