//! Breaking things from outside of the terminal: the page's buttons, and the steps of lessons.

use super::playground::Session;
use super::recording::Input;
use crate::cluster::{Cluster, FAULT_GRAMMAR, Fault};

impl Session {
    /// Breaks or heals something: `network node-2`, `heal network node-2`, `heal` for everything. Recorded, like every input.
    pub fn fault(&self, words: &str) -> Result<(), String> {
        Cluster::read_order(words)?;
        // An order that the cluster refuses has changed nothing and need not be played again.
        self.input_if(Input::Fault(words.to_owned()), || self.0.cluster.order(words))
    }

    /// The faults in force, in the words that broke them; `heal ` before them heals them.
    pub fn faults(&self) -> Vec<String> {
        self.0.cluster.faults().iter().map(Fault::to_string).collect()
    }

    /// What can be broken: the first word, the form of what follows, and what it does.
    pub fn fault_grammar() -> &'static [(&'static str, &'static str, &'static str)] {
        FAULT_GRAMMAR
    }

    /// Breaks what the step on the screen asks for, when it is turned to for the first time.
    pub(super) fn break_for_the_step(&self) {
        let orders = self.0.lesson.borrow_mut().as_mut().map(|lesson| lesson.take_faults()).unwrap_or_default();
        for order in orders {
            let _ = self.0.cluster.order(&order);
        }
    }
}
