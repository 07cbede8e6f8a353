//! The session itself: a cluster, a workstation, terminals, a lesson; everything that comes from outside is recorded.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::built_in;
use super::lesson_state::{LessonState, World};
use super::recording::{Input, LIMIT_SAVE_BYTES, Recorded, Save, VERSION};
use super::score::Score;
use super::terminals::Terminal;
use super::view::{ClusterView, Options, Progress, RequestView, TimelineView};
use super::workstation::Workstation;
use super::{picture, traffic};
use crate::cluster::{Cluster, Topology};
use crate::lessons::Course;
use crate::process::Window;
use crate::shell::Dialect;
use crate::sim::{AtOnce, Pace, Sim, Time, at_once};

use super::typist::Typist;

/// How much of what the terminals printed is kept for lessons, in bytes.
const LIMIT_PRINTED_BYTES: usize = 256 * 1024;
/// How much virtual time passes between two looks at a session that is restored.
const REPLAY_SLICE: std::time::Duration = std::time::Duration::from_millis(500);
/// Steps of one turn when the session runs by itself, as while restoring.
const UNLIMITED: usize = usize::MAX;

/// A learner's playground. A cheap handle; clones are the same session.
#[derive(Clone)]
pub struct Session(pub(super) Rc<Inner>);

pub(super) struct Inner {
    pub options: Options,
    pub sim: Sim,
    pub cluster: Cluster,
    pub station: Workstation,
    pub course: Course,
    /// When the learner came: the zero of the views' times.
    pub start: Time,
    pub terminals: RefCell<BTreeMap<u32, Terminal>>,
    pub next_terminal: Cell<u32>,
    inputs: RefCell<Vec<Recorded>>,
    pub lesson: RefCell<Option<LessonState>>,
    pub printed: RefCell<String>,
    /// The kubeconfig when it was last read, and its current namespace: views ask for it often.
    current_namespace: RefCell<(String, String)>,
    generation: Cell<u64>,
    pub replaying: Cell<bool>,
    /// The trace's last event when the lesson was last looked at.
    observed: Cell<u64>,
    pub score: Score,
}

impl Session {
    /// A new session on a fresh cluster. An unknown topology is the classroom.
    pub fn new(options: Options) -> Session {
        Session::with_course(options, built_in::course(&BTreeMap::new()))
    }

    /// What it was made with.
    pub fn options(&self) -> &Options {
        &self.0.options
    }

    /// A new session with another course than the built-in one.
    pub fn with_course(options: Options, course: Course) -> Session {
        at_once(Session::start_at(options, course, &AtOnce))
    }

    /// The same in pieces, as `pace` has it.
    pub async fn start_at(options: Options, course: Course, pace: &dyn Pace) -> Session {
        let lesson = options.lesson.as_ref().and_then(|id| course.lessons.get(id)).cloned();
        let name = match &lesson {
            Some(lesson) if !lesson.topology.is_empty() => lesson.topology.clone(),
            _ => options.topology.clone(),
        };
        let topology = Topology::built_in(&name).or_else(|| Topology::parse(&name).ok());
        let topology = topology.or_else(|| Topology::built_in("classroom")).unwrap_or(Topology {
            runtime: String::new(),
            nodes: Vec::new(),
            images: Vec::new(),
        });
        let sim = Sim::new(options.seed, options.unix_time_at_start);
        let cluster = Cluster::start_at(&sim, &topology, pace).await;
        pace.breath().await;
        let score = Score::follow(&cluster.client("score"));
        let station = Workstation::new(&cluster);
        station.boot();
        pace.breath().await;
        if let Some(lesson) = &lesson {
            for (name, text) in course.files.get(&lesson.id).into_iter().flatten() {
                let _ = station.write_file(name, text);
            }
            for (name, text) in course.setup.get(&lesson.id).into_iter().flatten() {
                let _ = station.write_file(&format!(".setup/{name}"), text);
            }
            if !lesson.setup.is_empty()
                && let Some(mut typist) = Typist::new(&sim, &station, Dialect::Bash)
            {
                for command in &lesson.setup {
                    let _ = typist.run(command);
                    pace.breath().await;
                }
            }
        }
        let session = Session(Rc::new(Inner {
            start: sim.now(),
            options,
            cluster,
            station,
            course,
            terminals: RefCell::default(),
            next_terminal: Cell::new(1),
            inputs: RefCell::default(),
            lesson: RefCell::new(lesson.map(LessonState::new)),
            printed: RefCell::default(),
            current_namespace: RefCell::default(),
            generation: Cell::new(1),
            replaying: Cell::new(false),
            observed: Cell::new(0),
            score,
            sim,
        }));
        session.break_for_the_step();
        session.observe();
        session
    }

    /// The session that `save` describes, at the point at which it was saved.
    pub fn restore(save: &str) -> Result<Session, String> {
        Session::restore_with(save, built_in::course(&BTreeMap::new()))
    }

    /// The same with another course than the built-in one.
    pub fn restore_with(save: &str, course: Course) -> Result<Session, String> {
        at_once(Session::restore_at(save, course, &AtOnce))
    }

    /// The same in pieces, as `pace` has it.
    pub async fn restore_at(save: &str, course: Course, pace: &dyn Pace) -> Result<Session, String> {
        if save.len() > LIMIT_SAVE_BYTES {
            return Err("the saved session is too large".into());
        }
        let save: Save = serde_json::from_str(save).map_err(|error| format!("the saved session cannot be read: {error}"))?;
        if save.version != VERSION {
            return Err(format!("the saved session is of version {}, not {VERSION}", save.version));
        }
        let options = Options { seed: save.seed, topology: save.topology, lesson: save.lesson, unix_time_at_start: save.start };
        let session = Session::start_at(options, course, pace).await;
        session.0.replaying.set(true);
        for recorded in save.inputs {
            session.run_to(recorded.at, pace).await;
            session.input(recorded.input);
        }
        session.run_to(save.at, pace).await;
        session.0.replaying.set(false);
        session.with_lesson(|lesson| lesson.remember(&save.met));
        Ok(session)
    }

    /// Runs to a recorded point, in slices, so that terminals are drained and the score and the lesson follow.
    async fn run_to(&self, (nanos, steps): (u64, u64), pace: &dyn Pace) {
        let target = Time::from_nanos(nanos);
        loop {
            let before = self.0.sim.now();
            let slice = (before + REPLAY_SLICE).min(target);
            self.0.sim.replay_to(slice, steps);
            // A run that took other steps than the recorded one goes on by time alone: better near than never.
            if slice < target && self.0.sim.now() == before {
                self.0.sim.run_until(target, UNLIMITED);
                self.after_running();
                return;
            }
            self.after_running();
            if slice >= target {
                return;
            }
            pace.breath().await;
        }
    }

    /// The session as text, for [`Session::restore`].
    pub fn save(&self) -> String {
        let options = &self.0.options;
        let save = Save {
            version: VERSION,
            seed: options.seed,
            topology: options.topology.clone(),
            lesson: options.lesson.clone(),
            start: options.unix_time_at_start,
            at: self.point(),
            inputs: self.0.inputs.borrow().clone(),
            met: self.0.lesson.borrow().as_ref().map(LessonState::all_met).unwrap_or_default(),
        };
        serde_json::to_string(&save).unwrap_or_default()
    }

    fn point(&self) -> (u64, u64) {
        (self.0.sim.now().as_nanos(), self.0.sim.steps())
    }

    // ---- time ----

    /// Lets `virtual_millis` pass, or less when `max_steps` steps are taken before.
    pub fn advance(&self, virtual_millis: u64, max_steps: usize) -> Progress {
        let deadline = self.0.sim.now() + std::time::Duration::from_millis(virtual_millis);
        let progress = self.0.sim.run_until(deadline, max_steps);
        self.after_running();
        Progress { busy: progress.busy }
    }

    /// Runs to the next event of the cluster, at most a minute on.
    pub fn step_to_next_event(&self) {
        let deadline = self.0.sim.now() + std::time::Duration::from_secs(60);
        let seen = self.0.cluster.server().store().revision();
        while self.0.sim.now() < deadline && self.0.cluster.server().store().revision() == seen {
            if !self.0.sim.step(UNLIMITED) {
                break;
            }
        }
        self.after_running();
    }

    /// Milliseconds since the learner came.
    pub fn now_ms(&self) -> u64 {
        self.ms(self.0.sim.now())
    }

    fn ms(&self, time: Time) -> u64 {
        u64::try_from(time.since(self.0.start).as_millis()).unwrap_or(u64::MAX)
    }

    /// The score, counted from when the learner came.
    pub fn timeline(&self) -> TimelineView {
        let start = self.0.start.as_millis();
        let mut view = self.0.score.view();
        view.now_ms = view.now_ms.saturating_sub(start);
        view.commands.iter_mut().for_each(|mark| mark.at_ms = mark.at_ms.saturating_sub(start));
        view.events.iter_mut().for_each(|mark| mark.at_ms = mark.at_ms.saturating_sub(start));
        view.pods.retain(|track| track.namespace != "kube-system");
        for span in view.pods.iter_mut().flat_map(|track| &mut track.spans) {
            span.from_ms = span.from_ms.saturating_sub(start);
            span.to_ms = span.to_ms.map(|to| to.saturating_sub(start));
        }
        view
    }

    /// The requests that ended after event `seq` of the trace.
    pub fn requests_since(&self, seq: u64) -> Vec<RequestView> {
        let start = self.0.start.as_millis();
        let mut requests = traffic::requests_since(self.0.sim.trace(), seq, &self.0.cluster.runtimes());
        requests.iter_mut().for_each(|request| request.at_ms = request.at_ms.saturating_sub(start));
        requests
    }

    /// Nodes and pods as they are now.
    pub fn cluster_view(&self) -> Rc<ClusterView> {
        let client = self.0.cluster.client("picture");
        Rc::new(picture::cluster_view(&client, &self.0.cluster.runtimes(), &self.current_namespace()))
    }

    /// The namespace of the kubeconfig's current context.
    pub(super) fn current_namespace(&self) -> String {
        let text = self.0.station.read_file(".kube/config").unwrap_or_default();
        let mut known = self.0.current_namespace.borrow_mut();
        if known.1.is_empty() || known.0 != text {
            *known = (text.clone(), namespace_in(&text));
        }
        known.1.clone()
    }

    /// Grows whenever a view may have changed.
    pub fn generation(&self) -> u64 {
        self.0.generation.get()
    }

    /// A hash of everything that happened: equal for equal sessions, on every machine.
    pub fn digest(&self) -> u64 {
        self.0.sim.trace().digest()
    }

    fn touch(&self) {
        self.0.generation.set(self.0.generation.get() + 1);
    }

    pub(super) fn after_running(&self) {
        let mut printed = false;
        for terminal in self.0.terminals.borrow_mut().values_mut() {
            let (shown, said) = terminal.tty.take_output_and_printed();
            printed |= !said.is_empty();
            self.0.printed.borrow_mut().push_str(&String::from_utf8_lossy(&said));
            terminal.pending.extend(shown);
        }
        self.restart_ended_shells();
        let last = self.0.sim.trace().last_seq();
        if printed || last != self.0.observed.replace(last) {
            self.observe();
        }
        self.trim_printed();
        self.touch();
    }

    /// Looks at the world for the lesson.
    pub(super) fn observe(&self) {
        let client = self.0.cluster.client("lesson");
        if let Some(lesson) = self.0.lesson.borrow_mut().as_mut() {
            let printed = self.0.printed.borrow();
            let read_file = |path: &str| self.0.station.read_file(path);
            lesson.observe(&World { course: &self.0.course, client: &client, printed: &printed, read_file: &read_file });
        }
    }

    fn trim_printed(&self) {
        let mut printed = self.0.printed.borrow_mut();
        if printed.len() > LIMIT_PRINTED_BYTES * 2 {
            let mut cut = printed.len() - LIMIT_PRINTED_BYTES;
            while !printed.is_char_boundary(cut) {
                cut += 1;
            }
            printed.drain(..cut);
        }
    }

    // ---- input ----

    /// Records an input and acts on it.
    pub(super) fn input(&self, input: Input) -> u32 {
        let at = self.point();
        self.0.inputs.borrow_mut().push(Recorded { at, input: input.clone() });
        let opened = self.act(input);
        self.observe();
        self.touch();
        opened
    }

    /// Acts, and records the input unless it was refused.
    pub(super) fn input_if<E>(&self, input: Input, act: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        let at = self.point();
        act()?;
        self.0.inputs.borrow_mut().push(Recorded { at, input });
        self.observe();
        self.touch();
        Ok(())
    }

    fn act(&self, input: Input) -> u32 {
        match input {
            Input::Open(columns, rows) => return self.open(Window { columns, rows }),
            Input::Close(id) => {
                if let Some(terminal) = self.0.terminals.borrow_mut().remove(&id) {
                    terminal.tty.hang_up();
                }
            }
            Input::Keys(id, text) => self.with_terminal(id, |terminal| terminal.tty.input(text.as_bytes())),
            Input::LogIn(id) => {
                if let Some(terminal) = self.0.terminals.borrow_mut().get_mut(&id) {
                    terminal.child = self.0.station.log_in(&terminal.tty).ok();
                }
            }
            Input::Resize(id, columns, rows) => self.with_terminal(id, |terminal| terminal.tty.resize(Window { columns, rows })),
            Input::Write(path, text) => drop(self.0.station.write_file(&path, &text)),
            Input::Remove(path) => self.0.station.remove_file(&path),
            Input::Hint => self.with_lesson(LessonState::hint),
            Input::Step(index) => {
                self.with_lesson(|lesson| lesson.turn_to(index));
                self.break_for_the_step();
            }
            Input::Finish => self.with_lesson(|lesson| lesson.finish(self.0.sim.now())),
            Input::Answer(id, given) => self.take_answer(&id, &given),
            Input::Fault(words) => drop(self.0.cluster.order(&words)),
        }
        0
    }

    fn with_terminal(&self, id: u32, act: impl FnOnce(&Terminal)) {
        if let Some(terminal) = self.0.terminals.borrow().get(&id) {
            act(terminal);
        }
    }

    fn with_lesson(&self, act: impl FnOnce(&mut LessonState)) {
        if let Some(lesson) = self.0.lesson.borrow_mut().as_mut() {
            act(lesson);
        }
    }

    fn take_answer(&self, id: &str, given: &str) {
        let client = self.0.cluster.client("lesson");
        let read_file = |path: &str| self.0.station.read_file(path);
        let printed = self.0.printed.borrow();
        let world = World { course: &self.0.course, client: &client, printed: &printed, read_file: &read_file };
        self.with_lesson(|lesson| lesson.answer(id, given, &world));
    }

    // ---- files ----

    /// The files of the home directory.
    pub fn files(&self) -> Vec<String> {
        self.0.station.files()
    }

    /// A file's text.
    pub fn read_file(&self, path: &str) -> Option<String> {
        self.0.station.read_file(path)
    }

    /// Writes a file.
    pub fn write_file(&self, path: &str, text: &str) {
        if self.read_file(path).as_deref() == Some(text) {
            return;
        }
        // A row of edits of one file is one input, unless time has passed between them.
        if let Some(last) = self.0.inputs.borrow_mut().last_mut()
            && last.at == self.point()
            && let Input::Write(last_path, last_text) = &mut last.input
            && last_path == path
        {
            *last_text = text.to_owned();
            self.act(Input::Write(path.to_owned(), text.to_owned()));
            return;
        }
        self.input(Input::Write(path.to_owned(), text.to_owned()));
    }

    /// Removes a file.
    pub fn remove_file(&self, path: &str) {
        self.input(Input::Remove(path.to_owned()));
    }
}

/// The namespace of a kubeconfig's current context.
fn namespace_in(kubeconfig: &str) -> String {
    let config: serde_json::Value = serde_yaml::from_str(kubeconfig).unwrap_or_default();
    let current = config.get("current-context").cloned().unwrap_or_default();
    let contexts = config.get("contexts").and_then(|all| all.as_array()).cloned().unwrap_or_default();
    let context = contexts.into_iter().find(|context| context.get("name") == Some(&current));
    let namespace = context.as_ref().and_then(|c| c.pointer("/context/namespace")).and_then(|n| n.as_str());
    namespace.unwrap_or("default").to_owned()
}
