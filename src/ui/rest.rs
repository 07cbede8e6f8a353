//! The second half of the application (tools/wasm-split), when something needs it before it has come by itself.
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// boot.js loads the half and waits for it.
    #[wasm_bindgen(js_namespace = podground, js_name = loadRest)]
    fn load_rest(exports: &JsValue);
}

/// What the first half calls (by this exported name) when a function that has moved to the second is needed.
#[wasm_bindgen]
pub fn podground_load_rest() {
    load_rest(&wasm_bindgen::exports());
}
