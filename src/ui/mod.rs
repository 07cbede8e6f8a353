//! The Yew application.
use yew::prelude::*;

#[component]
fn App() -> Html {
    html! { <main>{ "Podground" }</main> }
}

/// Starts the page.
pub fn start() {
    yew::Renderer::<App>::new().render();
}
