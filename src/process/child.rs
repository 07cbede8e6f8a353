use std::rc::Rc;

use super::{ExitStatus, Kernel, Pid, Process, ProcessState};

/// A child, from its parent's side.
#[derive(Clone)]
pub struct Child {
    kernel: Kernel,
    process: Rc<Process>,
}

impl Child {
    pub(super) fn new(kernel: &Kernel, process: Rc<Process>) -> Child {
        Child { kernel: kernel.clone(), process }
    }

    /// Its number.
    pub fn pid(&self) -> Pid {
        self.process.pid
    }

    /// The process.
    pub fn process(&self) -> &Rc<Process> {
        &self.process
    }

    /// How it ended, if it has.
    pub fn try_wait(&self) -> Option<ExitStatus> {
        match self.process.state() {
            ProcessState::Zombie(status) => {
                self.kernel.forget(&self.process);
                Some(status)
            }
            _ => None,
        }
    }

    /// Waits for its end.
    pub async fn wait(&self) -> ExitStatus {
        loop {
            let changed = self.process.changed.notified();
            if let Some(status) = self.try_wait() {
                return status;
            }
            changed.await;
        }
    }

    /// Waits for its end, or for a stop that was not reported before (as `WUNTRACED`).
    pub async fn wait_or_stop(&self) -> ProcessState {
        loop {
            let changed = self.process.changed.notified();
            if let Some(status) = self.try_wait() {
                return ProcessState::Zombie(status);
            }
            if let ProcessState::Stopped(signal) = self.process.state()
                && !self.process.stop_reported.replace(true)
            {
                return ProcessState::Stopped(signal);
            }
            changed.await;
        }
    }
}
