//! The page. It sees the engine only through [`podground::session`]; components hold no cluster logic.
mod announce;
mod app;
mod backstage;
mod band;
mod bench;
mod compare;
mod curtain;
mod cutaway;
mod dom;
mod driver;
mod editor;
mod engine;
mod figure;
mod gloss;
mod home;
mod i18n;
mod icon;
mod inspector;
mod lesson;
mod live;
mod memory;
mod menu;
mod owners;
mod pace;
mod page;
mod palette;
mod phone;
mod picture;
mod progress;
mod question;
mod rack;
mod rehearsal;
mod rest;
mod shelf;
mod show_me;
mod splitter;
mod teach;
mod templates;
mod terminal;
mod time;
mod topbar;
mod trap;
mod why;
mod widgets;
mod wires;
mod workbench;

/// Starts the page in the document's body, behind the first view (web/first.mjs), which goes when there is something to see.
pub fn start() {
    if web_sys::window().is_none() {
        return; // a worker, which rehearses
    }
    trap::install();
    let document = dom::document();
    let (Ok(root), Some(body)) = (document.create_element("div"), document.body()) else { return };
    root.set_id("app");
    if body.append_child(&root).is_err() {
        return;
    }
    wasm_bindgen_futures::spawn_local(async {
        let first = app::First::open().await;
        yew::Renderer::<app::App>::with_root_and_props(root, app::AppProps { first }).render();
    });
}
