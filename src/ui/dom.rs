//! The browser's doors that the page goes through: storage, listeners, frames, the root element.
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, Element, EventTarget, HtmlElement, Storage, Window};

/// The window; a page always has one.
pub fn window() -> Window {
    web_sys::window().unwrap_or_else(|| wasm_bindgen::throw_str("no window"))
}

/// The document; a page always has one.
pub fn document() -> Document {
    window().document().unwrap_or_else(|| wasm_bindgen::throw_str("no document"))
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Reads what the browser remembers for the page.
pub fn remembered(key: &str) -> Option<String> {
    storage()?.get_item(&format!("podground.{key}")).ok().flatten()
}

/// Remembers a value; false when the browser refuses (private window, full storage).
pub fn remember(key: &str, value: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(&format!("podground.{key}"), value).is_ok())
}

/// Forgets a value.
pub fn forget(key: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&format!("podground.{key}"));
    }
}

/// Everything that the browser remembers for the page.
pub fn all_remembered() -> Vec<(String, String)> {
    let Some(storage) = storage() else { return Vec::new() };
    let keys = (0..storage.length().unwrap_or(0)).filter_map(|index| storage.key(index).ok().flatten());
    let ours = keys.filter_map(|key| Some(key.strip_prefix("podground.")?.to_owned())).collect::<Vec<_>>();
    ours.into_iter().filter_map(|key| Some((key.clone(), remembered(&key)?))).collect()
}

/// Hands a text to the browser to be saved as a file.
pub fn offer_file(name: &str, text: &str) {
    let parts = js_sys::Array::of1(&text.into());
    let Ok(blob) = web_sys::Blob::new_with_str_sequence(&parts) else { return };
    let Ok(address) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
    let link = document().create_element("a").ok().and_then(|link| link.dyn_into::<web_sys::HtmlAnchorElement>().ok());
    if let Some(link) = link {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    let _ = web_sys::Url::revoke_object_url(&address);
}

/// Sets an attribute of `<html>`: language, theme, the phone's pane.
pub fn set_root_attribute(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute(name, value);
    }
}

/// Takes the element of this id out of the document, if it is there.
pub fn remove(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.remove();
    }
}

/// True when a CSS media query holds now.
pub fn media_matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// Takes the keyboard from where it is.
pub fn blur() {
    if let Some(element) = document().active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.blur();
    }
}

/// Moves the keyboard to the first element that a selector finds.
pub fn focus(selector: &str) -> bool {
    let found = document().query_selector(selector).ok().flatten();
    found.and_then(|element| element.dyn_into::<HtmlElement>().ok()).is_some_and(|element| element.focus().is_ok())
}

/// Gives the keyboard back to what had it before a dialog.
pub fn refocus(element: &Option<Element>) {
    let element = element.as_ref().filter(|element| element.is_connected());
    if let Some(element) = element.and_then(|element| element.dyn_ref::<HtmlElement>()) {
        let _ = element.focus();
    }
}

/// All elements under `root` that a selector finds, in document order.
pub fn find_all(root: &Element, selector: &str) -> Vec<HtmlElement> {
    let Ok(list) = root.query_selector_all(selector) else { return Vec::new() };
    (0..list.length()).filter_map(|index| list.get(index)?.dyn_into().ok()).collect()
}

/// A listener that ends when it is dropped.
pub struct Listener {
    target: EventTarget,
    kind: &'static str,
    closure: Closure<dyn FnMut(web_sys::Event)>,
}

/// Listens to an event of a target for as long as the returned value lives.
pub fn listen(target: &EventTarget, kind: &'static str, heard: impl FnMut(web_sys::Event) + 'static) -> Listener {
    let closure = Closure::new(heard);
    let _ = target.add_event_listener_with_callback(kind, closure.as_ref().unchecked_ref());
    Listener { target: target.clone(), kind, closure }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.kind, self.closure.as_ref().unchecked_ref());
    }
}

type FrameClosure = Rc<RefCell<Option<Closure<dyn FnMut(f64)>>>>;

/// Calls back on every animation frame, until it is dropped.
pub struct Frames {
    alive: Rc<Cell<bool>>,
}

impl Frames {
    /// `frame` is given the browser's time in milliseconds.
    pub fn start(mut frame: impl FnMut(f64) + 'static) -> Frames {
        let alive = Rc::new(Cell::new(true));
        let slot: FrameClosure = Rc::default();
        let (again, running) = (slot.clone(), alive.clone());
        *slot.borrow_mut() = Some(Closure::new(move |time: f64| {
            if !running.get() {
                return;
            }
            frame(time);
            request(&again);
        }));
        request(&slot);
        Frames { alive }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.alive.set(false);
    }
}

fn request(slot: &FrameClosure) {
    if let Some(closure) = slot.borrow().as_ref() {
        let _ = window().request_animation_frame(closure.as_ref().unchecked_ref());
    }
}

/// The browser's steady clock in milliseconds.
pub fn wall_millis() -> f64 {
    thread_local!(static CLOCK: Option<web_sys::Performance> = window().performance());
    CLOCK.with(|clock| clock.as_ref().map_or(0.0, web_sys::Performance::now))
}

/// A key with the machine's command key: `⌘K`, `Ctrl K`.
pub fn chord(key: &str) -> String {
    let mac = window().navigator().platform().is_ok_and(|name| name.starts_with("Mac") || name.starts_with("iP"));
    if mac { format!("⌘{key}") } else { format!("Ctrl {key}") }
}
