//! Proves lessons: that no step is done before its work, that every solution does it, that wrong turns are recognised and
//! right ones are not taken for them, that predictions come true, and that every command in the prose runs.

use std::time::Duration;

use super::figure;
use super::playground::Session;
use super::recording::Input;
use super::typist::{Ran, Typist};
use super::view::{Lang, Options};
use crate::lessons::{Click, Course, Fault, LANGUAGES, Lesson, RunBlock, Step, contents, pieces};
use crate::lessons::{Piece, ProseStep};
use crate::shell::Dialect;

/// How long the cluster may take to bring about what a step asks for.
const LIMIT: Duration = Duration::from_secs(900);
/// How long a wrong turn may take to be recognised.
const MISTAKE_LIMIT: Duration = Duration::from_secs(120);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a learner takes from one click to the next.
const READING: Duration = Duration::from_secs(15);

/// Plays every lesson of the course; what went wrong. `progress` is told of each lesson.
pub fn prove(course: &Course, seed: u64, progress: &mut dyn FnMut(&str)) -> Vec<Fault> {
    let mut faults = course.static_faults();
    for id in course.lessons.keys() {
        progress(id);
        let parts = (0..).map_while(|part| prove_part(course, id, seed, part));
        faults.extend(parts.flatten());
    }
    faults
}

/// One part of a lesson's proof, so that a page can breathe between them; none when that was all.
pub fn prove_part(course: &Course, id: &str, seed: u64, part: usize) -> Option<Vec<Fault>> {
    let lesson = course.lessons.get(id)?;
    let mut faults = Vec::new();
    let mut proof = Proof { course, lesson, seed, faults: &mut faults };
    match part {
        0 => proof.figures(),
        1 => proof.solution(),
        2 => proof.clicks(),
        _ => proof.mistakes(part - 3, lesson.steps.get(part - 3)?),
    }
    Some(faults)
}

struct Proof<'a> {
    course: &'a Course,
    lesson: &'a Lesson,
    seed: u64,
    faults: &'a mut Vec<Fault>,
}

impl Proof<'_> {
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

    /// Plays the solutions, one step after the other.
    fn solution(&mut self) {
        let Some((session, mut typist)) = self.fresh() else { return };
        for (index, step) in self.lesson.steps.iter().enumerate() {
            session.input(Input::Step(index));
            if !step.check.is_empty() && session.lesson_checks_met(index) {
                self.fault(step, "it is done before anything was done", "Make its checks ask for what the step brings about.");
            }
            self.predict(&session, step);
            for line in &step.solution {
                session.took(&typed(&mut typist, line));
            }
            if !wait(&session, &mut typist, LIMIT, || session.lesson_checks_met(index)) {
                let unmet: Vec<String> =
                    step.check.iter().zip(session.lesson_met()).filter(|(_, met)| !met).map(|(c, _)| c.id.clone()).collect();
                let what = format!("the solution leaves unmet: {}", unmet.join(", "));
                self.fault(step, &what, "Correct the solution or the check.");
                return;
            }
            for mistake in step.mistakes.iter().filter(|mistake| session.lesson_recognised(&mistake.say)) {
                let what = format!("the solution is taken for the mistake {}", mistake.say);
                self.fault(step, &what, "Make its `when` say what only the mistake brings about.");
            }
            self.answers(&session, index, step);
        }
        if self.lesson.minutes > 0 {
            session.input(Input::Finish);
            let exam = session.lesson(Lang::En).and_then(|lesson| lesson.exam).unwrap_or_default();
            for line in exam.report.iter().filter(|line| line.points.0 < line.points.1) {
                let what = format!("all solutions together leave undone: {}", line.title);
                let file = format!("{}/lesson.yaml", self.lesson.id);
                self.faults.push(Fault { file, line: 0, what, remedy: "Let no later solution undo an earlier one.".into() });
            }
        }
    }

    /// Gives the predictions that the prose calls right.
    fn predict(&mut self, session: &Session, step: &Step) {
        for question in step.questions.iter().filter(|question| question.predict) {
            if let Some(text) = self.marked(step, &question.id, LANGUAGES[0]) {
                session.input(Input::Answer(question.id.clone(), text));
            }
        }
    }

    /// The choice that the prose marks as right.
    fn marked(&self, step: &Step, question: &str, language: &str) -> Option<String> {
        let words = self.course.words(&self.lesson.id, language)?.step(&step.id)?;
        words.questions.get(question)?.choices.iter().find(|choice| choice.right).map(|choice| choice.text.clone())
    }

    /// Questions whose answer stands in the cluster have one, and what the prose calls right is right.
    fn answers(&mut self, session: &Session, index: usize, step: &Step) {
        for question in &step.questions {
            let known = session.lesson_right_answer(index, &question.id);
            if question.answer.as_ref().is_some_and(|answer| !answer.printed) && known.is_none() {
                let what = format!("the answer of the question {} is nowhere after the solution", question.id);
                self.fault(step, &what, "Correct `of` or `pointer`.");
            }
            if !question.predict
                && let Some(text) = self.marked(step, &question.id, LANGUAGES[0]).or(known)
            {
                session.input(Input::Answer(question.id.clone(), text));
            }
            let view = session.lesson(Lang::Ko).and_then(|lesson| lesson.steps.into_iter().nth(index));
            let right = view.and_then(|step| step.questions.into_iter().find(|q| q.id == question.id)?.right);
            if right != Some(true) {
                let what = format!("what the prose calls right is not what the question {} asks for", question.id);
                self.fault(step, &what, "Correct the `- [x]` choice, or the `answer`.");
            }
        }
    }

    /// Runs what the prose offers to click, in a session of its own, as a learner would: what comes before the task, then the
    /// task, then what is marked `after`.
    fn clicks(&mut self) {
        let Some((session, mut typist)) = self.fresh() else { return };
        for (index, step) in self.lesson.steps.iter().enumerate() {
            session.input(Input::Step(index));
            let Some(words) = self.course.words(&self.lesson.id, LANGUAGES[0]).and_then(|prose| prose.step(&step.id)) else { return };
            let (line, clicks) = (words.line, contents(&words.body).clicks);
            let is_after = |click: &&Click| matches!(click, Click::Run(block) if block.after);
            for click in clicks.iter().filter(|click| !is_after(click)) {
                self.click(click, line, &session, &mut typist);
            }
            // A click may have begun what the solution does; then its second try finds a quieter cluster.
            for _ in 0..2 {
                if session.lesson_checks_met(index) {
                    break;
                }
                for line in &step.solution {
                    session.took(&typed(&mut typist, line));
                }
                wait(&session, &mut typist, MISTAKE_LIMIT, || session.lesson_checks_met(index));
            }
            if !wait(&session, &mut typist, LIMIT, || session.lesson_checks_met(index)) {
                self.fault(step, "after its clicks the solution does not do it", "Let the clicks leave the solution its way.");
                return;
            }
            for click in clicks.iter().filter(is_after) {
                self.click(click, line, &session, &mut typist);
            }
        }
    }

    fn click(&mut self, click: &Click, line: usize, session: &Session, typist: &mut Typist) {
        let block = match click {
            Click::File(name, text) => {
                if session.read_file(name).is_none() {
                    session.input(Input::Write(name.clone(), text.clone()));
                }
                return;
            }
            Click::Run(block) => block,
        };
        let said = if block.stays { stays(session, block) } else { ends(session, typist, block) };
        typist.pass(READING);
        session.observe();
        if let Some(what) = said {
            let file = format!("{}/{}.md", self.lesson.id, LANGUAGES[0]);
            let remedy = "Correct the command; or write `run fails` where it is meant to fail, `run stays` where it does not end by \
                          itself, `run after` where the task has to be done first.";
            self.faults.push(Fault { file, line, what: format!("`{}` {what}", block.command), remedy: remedy.into() });
        }
    }

    /// Takes each wrong turn of a step, in a session in which the steps before it are done.
    fn mistakes(&mut self, index: usize, step: &Step) {
        for mistake in &step.mistakes {
            let Some((session, mut typist)) = self.fresh() else { return };
            for (before, earlier) in self.lesson.steps.iter().enumerate().take(index) {
                session.input(Input::Step(before));
                for line in &earlier.solution {
                    session.took(&typed(&mut typist, line));
                }
                wait(&session, &mut typist, LIMIT, || session.lesson_checks_met(before));
            }
            session.input(Input::Step(index));
            if session.lesson_recognised(&mistake.say) {
                let what = format!("the mistake {} is seen before it is made", mistake.say);
                self.fault(step, &what, "Make its `when` ask for more.");
                continue;
            }
            for line in &mistake.by {
                session.took(&typed(&mut typist, line));
            }
            if !wait(&session, &mut typist, MISTAKE_LIMIT, || session.lesson_recognised(&mistake.say)) {
                let what = format!("the mistake {} is not recognised after: {}", mistake.say, mistake.by.join("; "));
                self.fault(step, &what, "Correct its `when`, or its `by`.");
            }
        }
    }

    /// Every figure runs.
    fn figures(&mut self) {
        let Some(prose) = self.course.words(&self.lesson.id, LANGUAGES[0]) else { return };
        let words = self.course.lesson_words(&self.lesson.id, LANGUAGES[0]);
        let of = |step: &ProseStep| pieces(&step.body, &words).into_iter().map(|piece| (step.line, piece)).collect::<Vec<_>>();
        for (line, piece) in prose.steps.iter().flat_map(of) {
            let Piece::Figure(spec) = piece else { continue };
            if let Some(what) = figure::figure(&spec).refused {
                let (file, what) = (format!("{}/{}.md", self.lesson.id, LANGUAGES[0]), format!("the figure is refused: {what}"));
                self.faults.push(Fault { file, line, what, remedy: "Correct the manifests in figures/.".into() });
            }
        }
    }

    fn fault(&mut self, step: &Step, what: &str, remedy: &str) {
        let file = format!("{}/lesson.yaml", self.lesson.id);
        let what = format!("step {}: {what}", step.id);
        let line = self.course.step_line(&self.lesson.id, &what);
        self.faults.push(Fault { file, line, what, remedy: remedy.into() });
    }
}

fn typed(typist: &mut Typist, line: &str) -> Ran {
    match typist.run(line) {
        Ok(ran) | Err(ran) => ran,
    }
}

/// Runs a command to its end; what is wrong with how it ended.
fn ends(session: &Session, typist: &mut Typist, block: &RunBlock) -> Option<String> {
    let ran = typed(typist, &block.command);
    session.took(&ran);
    let error = String::from_utf8_lossy(&ran.stderr).trim().to_owned();
    ((ran.status != 0) != block.fails).then(|| format!("ends with {}: {error}", ran.status))
}

/// Runs a command in a terminal that it is to keep; what is wrong if it does not.
fn stays(session: &Session, block: &RunBlock) -> Option<String> {
    let id = session.open_terminal();
    session.advance(1_000, usize::MAX);
    let _ = session.take_terminal_output(id);
    session.type_command(id, &block.command);
    session.advance(5_000, usize::MAX);
    let title = session.terminal_title(id);
    let said = String::from_utf8_lossy(&session.take_terminal_output(id)).into_owned();
    session.close_terminal(id);
    let gone = title.trim_start_matches('-').starts_with("bash");
    gone.then(|| format!("does not stay: {}", said.trim()))
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
