//! What every component can reach: the session, the page's state, the words, and the two widgets' doors.
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use podground::session::{TerminalId, TimelineView};
use yew::prelude::*;

use super::dom;
use super::engine::Session;
use super::i18n::{Key, fill, fill_ordered};
use super::page::{Act, DeskTab, Page, Pane};
use super::widgets::{EditorWidget, TerminalWidget};

/// Doors of the widgets that are on the page now.
#[derive(Default)]
pub struct Doors {
    pub terminals: RefCell<BTreeMap<TerminalId, TerminalWidget>>,
    pub editor: RefCell<Option<EditorWidget>>,
    /// Writes what was typed in the editor to its file at once.
    pub flush: RefCell<Option<Rc<dyn Fn()>>>,
    /// The key bar's Ctrl is down: the next letter becomes a control character.
    pub ctrl: Cell<bool>,
    /// Commands that were clicked or typed for the learner.
    pub ran: RefCell<Vec<String>>,
}

impl Doors {
    /// Writes what was typed in the editor to its file at once.
    pub fn flush(&self) {
        let flush = self.flush.borrow().clone();
        if let Some(flush) = flush {
            flush();
        }
    }
}

/// The page shows a moment of the past.
#[derive(Debug, Default, PartialEq)]
pub struct Past {
    /// The whole score, of the present.
    pub timeline: TimelineView,
}

/// Where in time to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Travel {
    /// A moment, in milliseconds of the session.
    To(u64),
    /// From a past moment to the present.
    Back,
    /// A past moment becomes the present.
    Branch,
    /// Takes the last command back.
    Undo,
    /// To where the lesson's step began.
    ResetStep,
    /// To the branch that was left.
    Other,
}

/// Given to every component as a context.
#[derive(Clone)]
pub struct Bench {
    pub session: Session,
    /// Tells two sessions apart.
    pub epoch: u32,
    pub page: UseReducerHandle<Page>,
    pub doors: Rc<Doors>,
    /// Set while the page shows a moment of the past.
    pub past: Option<Rc<Past>>,
    /// The present while a past moment is shown.
    pub present: Option<Session>,
    /// There is a branch to go back to.
    pub has_other: bool,
    pub travel: Callback<Travel>,
}

impl PartialEq for Bench {
    fn eq(&self, other: &Bench) -> bool {
        self.epoch == other.epoch
            && self.page == other.page
            && self.has_other == other.has_other
            && self.past.is_some() == other.past.is_some()
    }
}

impl Bench {
    /// A text in the page's language.
    pub fn t(&self, key: Key) -> &'static str {
        key.text(self.page.lang)
    }

    /// A text with arguments.
    pub fn f(&self, key: Key, arguments: &[&str]) -> String {
        fill(self.t(key), arguments)
    }

    /// A text whose arguments stand in another order in each language.
    pub fn fo(&self, key: Key, order: Key, arguments: &[&str]) -> String {
        fill_ordered(self.t(key), self.t(order), arguments)
    }

    /// Changes the page's state.
    pub fn act(&self, act: Act) {
        self.page.dispatch(act);
    }

    /// A callback that changes the page's state.
    pub fn on<E>(&self, act: Act) -> Callback<E> {
        let page = self.page.clone();
        Callback::from(move |_| page.dispatch(act.clone()))
    }

    /// The terminal in front; opens one when there is none.
    pub fn terminal(&self) -> TerminalId {
        let open = self.session.terminals();
        match self.page.terminal.filter(|id| open.contains(id)).or_else(|| open.first().copied()) {
            Some(id) => id,
            None => self.session.open_terminal(),
        }
    }

    /// Types a command at the prompt and presses Enter.
    pub fn run(&self, line: &str) {
        if self.past.is_some() {
            return; // what was, was
        }
        self.doors.flush();
        let id = self.terminal();
        self.doors.ran.borrow_mut().push(line.to_owned());
        self.session.type_command(id, line);
        self.act(Act::Desk(DeskTab::Term));
        self.act(Act::Pane(Pane::Lesson)); // where a phone has its terminal
    }

    /// Types a command in a new terminal.
    pub fn run_aside(&self, line: &str) {
        if self.past.is_some() {
            return;
        }
        dom::blur(); // the keyboard goes to the new terminal
        let id = self.session.open_terminal();
        self.session.type_command(id, line);
        self.act(Act::Terminal(Some(id)));
        self.act(Act::Desk(DeskTab::Term));
        self.act(Act::Pane(Pane::Lesson));
    }

    /// Breaks or heals something; what the cluster refuses is said.
    pub fn fault(&self, words: &str) {
        self.act(Act::Menu(None));
        if self.past.is_none()
            && let Err(why) = self.session.fault(words)
        {
            self.act(Act::Notice(Some(why)));
        }
    }

    /// Sends keystrokes to a terminal.
    pub fn press(&self, id: TerminalId, text: &str) {
        if self.past.is_some() {
            return;
        }
        if text.contains('\r') {
            self.doors.flush();
        }
        let mut bytes = text.as_bytes().to_vec();
        if let ([letter], true) = (bytes.as_mut_slice(), self.doors.ctrl.get())
            && letter.is_ascii_alphabetic()
        {
            *letter &= 0x1f;
            self.doors.ctrl.set(false);
        }
        self.session.terminal_input(id, &bytes);
    }
}

/// The bench of the page that a component is on.
#[hook]
pub fn use_bench() -> Bench {
    use_context::<Bench>().unwrap_or_else(|| wasm_bindgen::throw_str("no bench around this component"))
}
