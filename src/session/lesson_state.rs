//! How far the learner is in a lesson.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::exam;
use super::goal::goal_view;
use super::lesson_view::{CheckView, LessonView, QuestionView, StepView};
use super::view::Lang;
use crate::client::Client;
use crate::lessons::{
    Choice, Course, Facts, LANGUAGES, Lesson, Nearly, ProseStep, Question, Step, Words, check, html, inline, nearly, pieces,
};
use crate::sim::{Time, TraceKind};

/// Progress in one step.
#[derive(Clone, Debug, Default)]
pub struct StepState {
    /// The trace's last event and the printed text's length when the step was first turned to.
    since: Option<(u64, usize)>,
    /// Whether what the step breaks was broken.
    broken: bool,
    /// The trace up to here has been read for commands.
    read: u64,
    /// How many commands the learner has entered before the checks were met.
    commands: u32,
    pub(super) met: Vec<bool>,
    /// Which checks held when the step was first turned to: what is to stay as it is.
    held: Vec<bool>,
    hints: usize,
    mistakes: BTreeSet<String>,
    /// What is nearly right, when none of the lesson's own mistakes says more.
    nearly: Vec<Nearly>,
    answers: BTreeMap<String, Given>,
}

/// An answer that was given.
#[derive(Clone, Debug, Default)]
struct Given {
    text: String,
    /// Which of the choices it is, if it is one.
    choice: Option<usize>,
    /// Whether it is right; none for a prediction that has not come true or false yet.
    right: Option<bool>,
}

/// Progress in a lesson.
pub struct LessonState {
    /// The lesson.
    pub lesson: Lesson,
    /// The step on the screen.
    pub index: usize,
    pub(super) steps: Vec<StepState>,
    /// When it began, and in an exam when it was handed in.
    pub(super) begun: Option<Time>,
    pub(super) ended: Option<Time>,
}

/// What the state of the world is read from.
pub struct World<'a> {
    /// The course.
    pub course: &'a Course,
    /// The cluster.
    pub client: &'a Client,
    /// All that was printed in the terminals.
    pub printed: &'a str,
    /// Reads a file of the home directory.
    pub read_file: &'a dyn Fn(&str) -> Option<String>,
}

impl LessonState {
    /// The beginning of `lesson`.
    pub fn new(lesson: Lesson) -> LessonState {
        let steps = lesson.steps.iter().map(|step| StepState { met: vec![false; step.check.len()], ..StepState::default() }).collect();
        LessonState { lesson, index: 0, steps, begun: None, ended: None }
    }

    /// Whether it is timed and scored.
    pub fn is_exam(&self) -> bool {
        self.lesson.minutes > 0
    }

    /// Looks at the world: marks what is met and which wrong turns were taken. A check that was met stays met, unless it held
    /// from the start: such a thing must hold still when the rest is done. In an exam only what was done stays done: what is,
    /// counts as it is when the exam ends.
    pub fn observe(&mut self, world: &World<'_>) {
        let now = world.client.sim().now();
        let begun = *self.begun.get_or_insert(now);
        if self.is_exam() {
            let limit = Duration::from_secs(u64::from(self.lesson.minutes) * 60);
            if self.ended.is_none() {
                (0..self.steps.len()).for_each(|index| self.observe_step(index, world));
            }
            if self.ended.is_none() && now.since(begun) >= limit {
                self.ended = Some(begun + limit);
            }
        } else {
            self.observe_step(self.index, world);
        }
    }

    /// Hands an exam in.
    pub fn finish(&mut self, now: Time) {
        if self.is_exam() {
            self.ended.get_or_insert(now);
        }
    }

    fn observe_step(&mut self, index: usize, world: &World<'_>) {
        let exam = self.is_exam();
        let (Some(step), Some(state)) = (self.lesson.steps.get(index), self.steps.get_mut(index)) else { return };
        let trace = world.client.sim().trace();
        let here = (trace.last_seq(), world.printed.len());
        let first = state.since.is_none();
        let (since, from) = *state.since.get_or_insert(here);
        // What was printed is cut at the front when it grows long; then the step sees what is left of it.
        let printed = world.printed.get(from..).unwrap_or(world.printed);
        let facts = Facts { client: world.client, since, printed, read_file: world.read_file };
        if first {
            state.read = since;
            state.held = step.check.iter().map(|one| !one.is_deed() && check::holds(one, &facts)).collect();
        }
        let done = !state.met.is_empty() && state.met.iter().all(|met| *met);
        trace.visit_since(state.read, |event| {
            if !done && matches!(&event.kind, TraceKind::Command { line, .. } if !line.trim().is_empty()) {
                state.commands += 1;
            }
        });
        state.read = here.0;
        for ((met, held), one) in state.met.iter_mut().zip(&state.held).zip(&step.check) {
            let kept = *met && if exam { one.is_deed() } else { done || !held };
            *met = kept || check::holds(one, &facts);
        }
        for mistake in &step.mistakes {
            if check::holds(&mistake.when, &facts) {
                state.mistakes.insert(mistake.say.clone());
            } else if !mistake.when.is_deed() {
                // A wrong state that was put right needs no more words.
                state.mistakes.remove(&mistake.say);
            }
        }
        let met = state.met.iter().all(|met| *met);
        state.nearly = if met || exam || !state.mistakes.is_empty() { Vec::new() } else { nearly(step, &state.met, &facts) };
        if met {
            for question in step.questions.iter().filter(|question| question.predict) {
                if let Some(given) = state.answers.get_mut(&question.id).filter(|given| given.right.is_none()) {
                    given.right = Some(is_right(&self.lesson.id, step, question, given, world.course, &facts));
                }
            }
        }
    }

    /// Shows one hint more.
    pub fn hint(&mut self) {
        if let (Some(step), Some(state)) = (self.lesson.steps.get(self.index), self.steps.get_mut(self.index)) {
            state.hints = (state.hints + 1).min(step.hints.len());
        }
    }

    /// Turns to a step.
    pub fn turn_to(&mut self, index: usize) {
        if index < self.lesson.steps.len() {
            self.index = index;
        }
    }

    /// What the step on the screen breaks or heals, the first time this is asked.
    pub fn take_faults(&mut self) -> Vec<String> {
        let (Some(step), Some(state)) = (self.lesson.steps.get(self.index), self.steps.get_mut(self.index)) else { return Vec::new() };
        if std::mem::replace(&mut state.broken, true) { Vec::new() } else { step.faults.clone() }
    }

    /// Takes an answer to a question of the step on the screen. A prediction that was told can not be changed any more.
    pub fn answer(&mut self, id: &str, text: &str, world: &World<'_>) {
        let met = self.checks_met(self.index);
        let (Some(step), Some(state)) = (self.lesson.steps.get(self.index), self.steps.get_mut(self.index)) else { return };
        let Some(question) = step.questions.iter().find(|question| question.id == id) else { return };
        let old = state.answers.get(id);
        if question.predict && old.is_some_and(|old| old.right.is_some()) {
            return;
        }
        let choice = LANGUAGES
            .iter()
            .find_map(|language| choices(world.course, &self.lesson.id, step, id, language).iter().position(|choice| choice.text == text));
        let mut given = Given { text: text.to_owned(), choice, right: None };
        if !question.predict || met {
            let (since, from) = state.since.unwrap_or_default();
            let printed = world.printed.get(from..).unwrap_or(world.printed);
            let facts = Facts { client: world.client, since, printed, read_file: world.read_file };
            given.right = Some(is_right(&self.lesson.id, step, question, &given, world.course, &facts));
        }
        state.answers.insert(id.to_owned(), given);
    }

    /// Whether every check of a step is met, every question answered rightly, and every prediction made.
    pub fn step_passed(&self, index: usize) -> bool {
        let (Some(step), Some(state)) = (self.lesson.steps.get(index), self.steps.get(index)) else { return false };
        let answered = |question: &Question| {
            let given = state.answers.get(&question.id);
            given.is_some_and(|given| if question.predict { given.right.is_some() } else { given.right == Some(true) })
        };
        self.checks_met(index) && step.questions.iter().all(answered)
    }

    /// Whether every check of a step is met.
    pub fn checks_met(&self, index: usize) -> bool {
        self.steps.get(index).is_some_and(|state| state.met.iter().all(|met| *met))
    }

    /// Whether a wrong turn of the step on the screen is recognised now.
    pub fn recognised(&self, mistake: &str) -> bool {
        self.steps.get(self.index).is_some_and(|state| state.mistakes.contains(mistake))
    }

    /// Which checks of every step are met.
    pub fn all_met(&self) -> Vec<Vec<bool>> {
        self.steps.iter().map(|state| state.met.clone()).collect()
    }

    /// Takes over what was met before the session was saved.
    pub fn remember(&mut self, met: &[Vec<bool>]) {
        for (state, saved) in self.steps.iter_mut().zip(met) {
            for (met, saved) in state.met.iter_mut().zip(saved) {
                *met |= saved;
            }
        }
    }

    /// Which checks of the step on the screen are met.
    pub fn met(&self) -> &[bool] {
        self.steps.get(self.index).map(|state| state.met.as_slice()).unwrap_or_default()
    }

    /// What the page shows.
    pub fn view(&self, course: &Course, language: Lang, now: Time) -> Option<LessonView> {
        let id = &self.lesson.id;
        let words = course.words(id, language.code())?;
        let number = course.number_of(id).unwrap_or(0);
        let part = course.parts.iter().find(|part| part.lessons.iter().any(|lesson| &lesson.id == id));
        let part_title = part.and_then(|part| part.title.get(language.code())).cloned().unwrap_or_default();
        let order: Vec<&str> = course.parts.iter().flat_map(|part| &part.lessons).map(|lesson| lesson.id.as_str()).collect();
        let next_lesson = order.iter().skip(number).find(|id| course.steps.contains_key(**id)).map(|id| (*id).to_owned());
        let empty = ProseStep::default();
        let count = self.lesson.steps.len();
        let glossary = course.lesson_words(id, language.code());
        let steps = self.lesson.steps.iter().zip(&self.steps).enumerate().map(|(index, (step, state))| {
            let prose = words.step(&step.id).unwrap_or(&empty);
            let (mut before, mut after) = (String::new(), String::new());
            if index == 0 && !words.opening.trim().is_empty() {
                before = format!("<div class=\"opening\">{}</div>", html(&words.opening, &glossary));
            }
            if index + 1 == count {
                after = closing(&words.remember, &words.real_cluster, language, &glossary);
            }
            let mut view = step_view(step, state, prose, (before, after), language, &glossary);
            view.passed = self.step_passed(index);
            view
        });
        Some(LessonView {
            id: id.clone(),
            number,
            part_title,
            title: words.title.clone(),
            step_index: self.index,
            steps: steps.collect(),
            passed: (0..count).all(|index| self.step_passed(index)),
            next_lesson,
            exam: self.is_exam().then(|| exam::view(self, course, words, language, now)),
        })
    }
}

/// The choices of a question in a language.
fn choices<'a>(course: &'a Course, lesson: &str, step: &Step, id: &str, language: &str) -> &'a [Choice] {
    let words = course.words(lesson, language).and_then(|prose| prose.step(&step.id));
    words.and_then(|words| words.questions.get(id)).map(|question| question.choices.as_slice()).unwrap_or_default()
}

fn is_right(lesson: &str, step: &Step, question: &Question, given: &Given, course: &Course, facts: &Facts<'_>) -> bool {
    let options = |language: &&str| choices(course, lesson, step, &question.id, language);
    match &question.answer {
        Some(answer) if answer.printed => {
            let Some(choice) = given.choice else { return false };
            LANGUAGES.iter().any(|language| {
                let texts: Vec<&str> = options(language).iter().map(|choice| choice.text.as_str()).collect();
                check::printed_choice(&texts, facts.printed) == Some(choice)
            })
        }
        Some(answer) => check::right_answer(answer, facts).is_some_and(|right| right.trim() == given.text.trim()),
        None => LANGUAGES.iter().any(|l| given.choice.and_then(|at| options(l).get(at)).is_some_and(|choice| choice.right)),
    }
}

fn step_view(
    step: &Step,
    state: &StepState,
    words: &ProseStep,
    around: (String, String),
    language: Lang,
    glossary: &dyn Words,
) -> StepView {
    let checks = step.check.iter().zip(&state.met);
    let shown_hints = step.hints.iter().take(state.hints).filter_map(|id| words.hints.get(id));
    let questions = step.questions.iter().filter_map(|question| {
        let words = words.questions.get(&question.id)?;
        let given = state.answers.get(&question.id);
        let text = |given: &Given| given.choice.and_then(|at| words.choices.get(at)).map_or(given.text.clone(), |c| c.text.clone());
        let told = given.is_some_and(|given| given.right.is_some());
        Some(QuestionView {
            id: question.id.clone(),
            text: html(&words.text, glossary),
            choices: words.choices.iter().map(|choice| choice.text.clone()).collect(),
            predict: question.predict,
            given: given.map(text),
            right: given.and_then(|given| given.right),
            explanation: told.then(|| html(&words.explanation, glossary)),
        })
    });
    let check_words = |id: &str| words.checks.get(id).cloned().unwrap_or_default();
    let told = state.mistakes.iter().filter_map(|id| words.mistakes.get(id).cloned());
    let mistakes = told.chain(state.nearly.iter().map(|nearly| nearly.words(language == Lang::Ko, &check_words)));
    let mistakes = mistakes.map(|text| html(&text, glossary));
    let (before, after) = around;
    StepView {
        id: step.id.clone(),
        title: words.title.clone(),
        before,
        body: pieces(&words.body, glossary),
        after,
        task: inline(&words.task, glossary),
        checks: checks
            .map(|(check, met)| CheckView { text: words.checks.get(&check.id).cloned().unwrap_or_default(), met: *met })
            .collect(),
        hints: shown_hints.map(|hint| html(hint, glossary)).collect(),
        hints_total: step.hints.len(),
        mistakes: mistakes.collect(),
        questions: questions.collect(),
        par: (step.par > 0).then_some(step.par),
        commands: state.commands,
        solution: step.solution.clone(),
        goal: goal_view(step),
        passed: false,
    }
}

/// What stands at a lesson's end.
fn closing(remember: &str, real_cluster: &str, language: Lang, glossary: &dyn Words) -> String {
    let (remember_title, real_title) = match language {
        Lang::Ko => ("기억할 것", "실제 클러스터에서는"),
        Lang::En => ("To remember", "On a real cluster"),
    };
    let (remember, real_cluster) = (html(remember, glossary), html(real_cluster, glossary));
    format!("<section class=\"closing\"><h3>{remember_title}</h3>{remember}<h3>{real_title}</h3>{real_cluster}</section>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Options, Session, built_in};

    #[test]
    fn what_is_ticked_needs_no_more_words() {
        let yaml = "\
id: mine
steps:
  - id: one
    check:
      - id: made
        assert: { kind: ConfigMap, metadata: { name: a } }
      - id: secrets
        count: { kind: Secret, equals: 5 }
";
        let files = [("lesson.yaml", yaml), ("en.md", "# Mine\n")].map(|(name, text)| (format!("mine/{name}"), text.to_owned()));
        let options = Options { lesson: Some("mine".to_owned()), ..Options::default() };
        let session = Session::with_course(options, built_in::course(&files.into()));
        let terminal = session.open_terminal();
        let after = |line: &str| {
            session.type_command(terminal, line);
            for _ in 0..20 {
                while session.advance(100, 100_000).busy {}
            }
            let mut lesson = session.lesson(Lang::En).expect("a lesson");
            let step = lesson.steps.remove(0);
            (step.checks.iter().map(|check| check.met).collect::<Vec<_>>(), step.mistakes.len())
        };
        assert_eq!(after("kubectl create configmap b"), (vec![false, false], 1));
        assert_eq!(after("kubectl create configmap a"), (vec![true, false], 0));
        assert_eq!(after("kubectl delete configmap a"), (vec![true, false], 0));
    }
}
