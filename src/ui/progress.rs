//! Progress as a file: everything that this browser remembers of the page, out and in.
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlInputElement;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::dom;
use super::i18n::Key;
use super::icon::small_icon;
use super::memory;
use super::page::Act;
use super::teach::TeachButton;

/// Tells our files from others.
const MARK: &str = "podground-progress";
/// Larger files are not ours.
const LIMIT_BYTES: f64 = 64.0 * 1024.0 * 1024.0;

/// The two buttons at the end of the home screen.
#[component]
pub fn Progress() -> Html {
    let bench = use_bench();
    let keep = {
        let bench = bench.clone();
        Callback::from(move |_: MouseEvent| {
            memory::save(&bench.session);
            dom::offer_file("podground-progress.json", &export());
        })
    };
    let bring = {
        let bench = bench.clone();
        Callback::from(move |event: Event| {
            let Some(file) = event.target_dyn_into::<HtmlInputElement>().and_then(|input| input.files()?.get(0)) else { return };
            let bench = bench.clone();
            spawn_local(async move {
                let text = if file.size() > LIMIT_BYTES { Err(JsValue::NULL) } else { JsFuture::from(file.text()).await };
                import(&bench, &text.ok().and_then(|text| text.as_string()).unwrap_or_default());
            });
        })
    };
    html! {
        <section class="progress">
            <button class="btn btn--quiet" onclick={keep}>{ small_icon("down") }{ bench.t(Key::ProgressKeep) }</button>
            <label class="btn btn--quiet">{ small_icon("share") }{ bench.t(Key::ProgressBring) }
                <input class="vh" type="file" accept=".json,application/json" onchange={bring} />
            </label>
            <TeachButton />
        </section>
    }
}

fn export() -> String {
    let object = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&object, &MARK.into(), &1.into());
    for (key, value) in dom::all_remembered() {
        let _ = js_sys::Reflect::set(&object, &key.into(), &value.into());
    }
    js_sys::JSON::stringify(&object).map(String::from).unwrap_or_default()
}

fn import(bench: &Bench, text: &str) {
    let parsed = js_sys::JSON::parse(text).ok().and_then(|value| value.dyn_into::<js_sys::Object>().ok());
    let Some(object) = parsed.filter(|object| js_sys::Reflect::has(object, &MARK.into()) == Ok(true)) else {
        bench.act(Act::Notice(Some(bench.t(Key::ProgressBad).to_owned())));
        return;
    };
    memory::stop_saving(); // what is open now must not be written over what comes in
    for pair in js_sys::Object::entries(&object).iter() {
        let pair: js_sys::Array = pair.unchecked_into();
        if let (Some(key), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
            dom::remember(&key, &value);
        }
    }
    let _ = dom::window().location().reload();
}
