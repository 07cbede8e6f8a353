//! The first minute, played by a worker that nobody sees (web/src/compile.js). A browser compiles a function of WebAssembly when
//! it is first called, for all threads that share the module: what the worker has called, the page does not wait for.
use std::cell::RefCell;
use std::collections::BTreeMap;

use podground::session::{self, Options, Session};
use wasm_bindgen::prelude::wasm_bindgen;

use super::memory::CLASSROOM;

/// What people type first, and the virtual milliseconds that they look at what comes of it.
const COMMANDS: [(&str, u64); 3] =
    [("kubectl get nodes", 1_000), ("kubectl run kubia --image=luksa/kubia", 20_000), ("kubectl get pods", 1_000)];

/// More than any of them takes.
const STEPS: usize = 1_000_000;

thread_local! {
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
}

/// Starts a cluster like the one that the page will start.
#[wasm_bindgen(js_name = rehearseStart)]
pub fn rehearse_start() {
    let options = Options { topology: CLASSROOM.to_owned(), ..Options::default() };
    SESSION.set(Some(Session::with_course(options, session::course(&BTreeMap::new()))));
}

/// Has the first commands typed in it, and lets go of it.
#[wasm_bindgen(js_name = rehearseCommands)]
pub fn rehearse_commands() {
    let Some(session) = SESSION.take() else { return };
    let terminal = session.open_terminal();
    for (line, millis) in COMMANDS {
        session.type_command(terminal, line);
        session.advance(millis, STEPS);
        session.take_terminal_output(terminal);
    }
}
