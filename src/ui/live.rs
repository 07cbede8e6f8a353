//! What the page shows of the session right now, kept so that what did not change is not drawn again.
use std::ops::Deref;
use std::rc::Rc;

use podground::session::{ClusterView, LessonView, RequestView, TerminalId, TimelineView, WantedEdit};

use super::engine::Session;
use super::page::Page;

/// A shared value; two are equal when they are the same one.
pub struct Snap<T>(Rc<T>);

impl<T> Clone for Snap<T> {
    fn clone(&self) -> Self {
        Snap(self.0.clone())
    }
}

impl<T> PartialEq for Snap<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T: Default> Default for Snap<T> {
    fn default() -> Self {
        Snap(Rc::default())
    }
}

impl<T> Deref for Snap<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: PartialEq> Snap<T> {
    fn renew(&mut self, value: T) {
        if *self.0 != value {
            self.0 = Rc::new(value);
        }
    }
}

/// A terminal's tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalTab {
    pub id: TerminalId,
    pub title: String,
}

/// Everything on the page that comes from the session.
#[derive(Clone, Default, PartialEq)]
pub struct Live {
    pub cluster: Snap<ClusterView>,
    pub timeline: Snap<TimelineView>,
    pub lesson: Snap<Option<LessonView>>,
    pub files: Snap<Vec<String>>,
    /// The files that programs in terminals (`vi`, `kubectl edit`) wait for.
    pub wanted: Snap<Vec<WantedEdit>>,
    pub terminals: Snap<Vec<TerminalTab>>,
    /// Requests of the last moments, oldest first.
    pub requests: Snap<Vec<RequestView>>,
    /// What is broken, in the words that broke it.
    pub faults: Snap<Vec<String>>,
    /// Grows when a file may have changed.
    pub generation: u64,
}

impl Live {
    /// Looks at the session again.
    pub fn renew(&mut self, session: &Session, page: &Page, requests: Vec<RequestView>) {
        self.cluster.renew(whole_seconds(&session.cluster_view()));
        let mut timeline = session.timeline();
        timeline.now_ms = timeline.now_ms / 1000 * 1000;
        self.timeline.renew(timeline);
        self.lesson.renew(session.lesson(page.lang));
        self.files.renew(session.files());
        self.wanted.renew(session.wanted_edits());
        let terminals = session.terminals();
        self.terminals.renew(terminals.into_iter().map(|id| TerminalTab { id, title: session.terminal_title(id) }).collect());
        self.requests.renew(requests);
        self.faults.renew(session.faults());
        self.generation = session.generation();
    }
}

/// Ages and countdowns are shown in seconds: finer ones would have the picture drawn again for nothing.
fn whole_seconds(view: &ClusterView) -> ClusterView {
    let mut view = view.clone();
    for pod in &mut view.pods {
        pod.age_ms = pod.age_ms / 1000 * 1000;
        pod.countdown_ms = pod.countdown_ms.map(|left| left.div_ceil(1000) * 1000);
        pod.progress = pod.progress.map(|part| (part * 100.0).round() / 100.0);
    }
    view
}
