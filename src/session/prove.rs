//! Proves lessons: that no step is done before its work, that every solution does it, that wrong turns are recognised,
//! and that every command in the prose runs.

use std::time::Duration;

use super::playground::Session;
use super::recording::Input;
use super::typist::Typist;
use super::view::Options;
use crate::lessons::{Course, Fault, Lesson, Step, run_blocks};
use crate::shell::Dialect;

/// How long the cluster may take to bring about what a step asks for.
const LIMIT: Duration = Duration::from_secs(600);
/// How long a wrong turn may take to be recognised.
const MISTAKE_LIMIT: Duration = Duration::from_secs(60);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// Plays every lesson of the course; what went wrong. `progress` is told of each lesson.
pub fn prove(course: &Course, seed: u64, progress: &mut dyn FnMut(&str)) -> Vec<Fault> {
    let mut faults = course.static_faults();
    for (id, lesson) in &course.lessons {
        progress(id);
        Proof { course, lesson, seed, faults: &mut faults }.run();
    }
    faults
}

struct Proof<'a> {
    course: &'a Course,
    lesson: &'a Lesson,
    seed: u64,
    faults: &'a mut Vec<Fault>,
}

impl Proof<'_> {
    fn run(&mut self) {
        let Some((session, mut typist)) = self.fresh() else { return };
        for (index, step) in self.lesson.steps.iter().enumerate() {
            session.input(Input::Step(index));
            if !step.check.is_empty() && session.lesson_checks_met(index) {
                self.fault(step, "it is done before anything was done", "Make its checks ask for what the step brings about.");
            }
            for line in &step.solution {
                let ran = match typist.run(line) {
                    Ok(ran) | Err(ran) => ran,
                };
                session.took(&ran);
            }
            if !wait(&session, &mut typist, LIMIT, || session.lesson_checks_met(index)) {
                let unmet: Vec<String> =
                    step.check.iter().zip(session.lesson_met()).filter(|(_, met)| !met).map(|(c, _)| c.id.clone()).collect();
                let what = format!("the solution leaves unmet: {}", unmet.join(", "));
                self.fault(step, &what, "Correct the solution or the check.");
                return;
            }
            self.clickable_commands(step, &session, &mut typist);
        }
        for (index, step) in self.lesson.steps.iter().enumerate() {
            self.mistakes(index, step);
        }
    }

    fn fresh(&mut self) -> Option<(Session, Typist)> {
        let options =
            Options { seed: self.seed, lesson: Some(self.lesson.id.clone()), unix_time_at_start: 1_795_219_200, ..Options::default() };
        let session = Session::with_course(options, self.course.clone());
        let typist = session.typist(Dialect::Bash);
        if typist.is_none() {
            let fault = Fault { file: self.lesson.id.clone(), line: 0, what: "no shell could be started".into(), remedy: String::new() };
            self.faults.push(fault);
        }
        Some((session, typist?))
    }

    /// Runs what the step's prose offers to click, in a session of its own, after the step's solution.
    fn clickable_commands(&mut self, step: &Step, session: &Session, typist: &mut Typist) {
        for language in ["ko", "en"] {
            let Some(words) = self.course.words(&self.lesson.id, language).and_then(|prose| prose.step(&step.id)) else { continue };
            let blocks = run_blocks(&words.body);
            let line = words.line;
            for block in blocks {
                // The solution has made or removed what these would make or remove again.
                let changes = ["run", "create", "delete"].iter().any(|verb| block.command.starts_with(&format!("kubectl {verb} ")));
                let interactive = block.command.contains(" -it ");
                if changes || interactive {
                    continue;
                }
                let ran = match typist.run(&block.command) {
                    Ok(ran) | Err(ran) => ran,
                };
                session.took(&ran);
                if (ran.status != 0) != block.fails {
                    let error = String::from_utf8_lossy(&ran.stderr).trim().to_owned();
                    let what = format!("`{}` ends with {}: {error}", block.command, ran.status);
                    let file = format!("{}/{language}.md", self.lesson.id);
                    let remedy = "Correct the command, or write ```run fails where it is meant to fail.".to_owned();
                    self.faults.push(Fault { file, line, what, remedy });
                }
            }
        }
    }

    /// Takes each wrong turn of a step, in a session in which the steps before it are done.
    fn mistakes(&mut self, index: usize, step: &Step) {
        for mistake in &step.mistakes {
            let Some((session, mut typist)) = self.fresh() else { return };
            for (before, earlier) in self.lesson.steps.iter().enumerate().take(index) {
                session.input(Input::Step(before));
                for line in &earlier.solution {
                    let _ = typist.run(line);
                }
                wait(&session, &mut typist, LIMIT, || session.lesson_checks_met(before));
            }
            session.input(Input::Step(index));
            for line in &mistake.by {
                let ran = match typist.run(line) {
                    Ok(ran) | Err(ran) => ran,
                };
                session.took(&ran);
            }
            if !wait(&session, &mut typist, MISTAKE_LIMIT, || session.lesson_recognised(&mistake.say)) {
                let what = format!("the mistake {} is not recognised after: {}", mistake.say, mistake.by.join("; "));
                self.fault(step, &what, "Correct its `when`, or its `by`.");
            }
        }
    }

    fn fault(&mut self, step: &Step, what: &str, remedy: &str) {
        let file = format!("{}/lesson.yaml", self.lesson.id);
        self.faults.push(Fault { file, line: 0, what: format!("step {}: {what}", step.id), remedy: remedy.into() });
    }
}

fn wait(session: &Session, typist: &mut Typist, limit: Duration, done: impl Fn() -> bool) -> bool {
    let mut waited = Duration::ZERO;
    loop {
        session.observe();
        if done() {
            return true;
        }
        if waited >= limit {
            return false;
        }
        typist.pass(PAUSE);
        waited += PAUSE;
    }
}
