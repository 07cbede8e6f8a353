//! If the engine stops (a panic, an exhausted stack), the page says so and offers to go on from before the last input.
use podground::session::Lang;
use wasm_bindgen::JsCast;

use super::dom::{document, listen, window};
use super::i18n::Key;
use super::memory;

/// Watches for the engine's end.
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&info.to_string().into());
        show(&info.to_string());
    }));
    let listener = listen(&window(), "error", |event| {
        let Some(event) = event.dyn_ref::<web_sys::ErrorEvent>() else { return };
        if event.message().contains("RuntimeError") || event.message().contains("call stack") {
            show(&event.message());
        }
    });
    std::mem::forget(listener); // lives as long as the page
}

fn show(what: &str) {
    memory::stop_saving();
    let document = document();
    if document.query_selector(".trap").ok().flatten().is_some() {
        return;
    }
    let code = document.document_element().and_then(|root| root.get_attribute("lang"));
    let lang = if code.as_deref() == Some("en") { Lang::En } else { Lang::Ko };
    let (Ok(veil), Some(body)) = (document.create_element("div"), document.body()) else { return };
    veil.set_class_name("trap");
    let _ = veil.set_attribute("role", "alertdialog");
    let _ = veil.set_attribute("aria-label", Key::TrapTitle.text(lang));
    veil.set_inner_html(&format!(
        r#"<div class="say pane"><h3>{}</h3><pre></pre><p>{}</p><button class="btn btn--go">{}</button></div>"#,
        Key::TrapTitle.text(lang),
        Key::TrapText.text(lang),
        Key::Reload.text(lang)
    ));
    if let Ok(Some(place)) = veil.query_selector("pre") {
        place.set_text_content(Some(what));
    }
    if body.append_child(&veil).is_err() {
        return;
    }
    if let Ok(Some(button)) = veil.query_selector("button") {
        std::mem::forget(listen(&button, "click", |_| {
            let _ = window().location().reload();
        }));
        super::dom::focus(".trap button");
    }
}
