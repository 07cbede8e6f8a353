//! How far the learner is in a lesson.

use std::collections::{BTreeMap, BTreeSet};

use super::lesson_view::{CheckView, LessonView, QuestionView, StepView};
use super::view::Lang;
use crate::client::Client;
use crate::lessons::{Course, Facts, Lesson, ProseStep, Step, check, html};

/// Progress in one step.
#[derive(Clone, Debug, Default)]
pub struct StepState {
    /// The trace's last event and the printed text's length when the step was first turned to.
    since: Option<(u64, usize)>,
    /// Whether what the step breaks was broken.
    broken: bool,
    met: Vec<bool>,
    hints: usize,
    mistakes: BTreeSet<String>,
    /// Answers, and whether each was right when it was given.
    answers: BTreeMap<String, (String, bool)>,
}

/// Progress in a lesson.
pub struct LessonState {
    /// The lesson.
    pub lesson: Lesson,
    /// The step on the screen.
    pub index: usize,
    steps: Vec<StepState>,
}

/// What the state of the world is read from.
pub struct World<'a> {
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
        LessonState { lesson, index: 0, steps }
    }

    /// Looks at the world: marks what is met and which wrong turns were taken. A check that was met stays met.
    pub fn observe(&mut self, world: &World<'_>) {
        let (Some(step), Some(state)) = (self.lesson.steps.get(self.index), self.steps.get_mut(self.index)) else { return };
        let here = (world.client.sim().trace().last_seq(), world.printed.len());
        let (since, from) = *state.since.get_or_insert(here);
        let answers = BTreeMap::new();
        // What was printed is cut at the front when it grows long; then the step sees what is left of it.
        let printed = world.printed.get(from..).unwrap_or(world.printed);
        let facts = Facts { client: world.client, since, printed, answers: &answers, read_file: world.read_file };
        for (met, one) in state.met.iter_mut().zip(&step.check) {
            *met = *met || check::holds(one, &facts);
        }
        for mistake in &step.mistakes {
            let now = check::holds(&mistake.when, &facts);
            if now {
                state.mistakes.insert(mistake.say.clone());
            } else if mistake.when.output.is_none() {
                // A wrong state that was put right needs no more words.
                state.mistakes.remove(&mistake.say);
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

    /// Takes an answer to a question of the step on the screen.
    pub fn answer(&mut self, id: &str, given: &str, course: &Course, world: &World<'_>) {
        let Some(step) = self.lesson.steps.get(self.index) else { return };
        let Some(question) = step.questions.iter().find(|question| question.id == id) else { return };
        let answers = BTreeMap::new();
        let facts = Facts { client: world.client, since: 0, printed: "", answers: &answers, read_file: world.read_file };
        let right = match &question.answer {
            Some(answer) => check::right_answer(answer, &facts).is_some_and(|right| right.trim() == given.trim()),
            None => LANGUAGES.iter().any(|language| {
                let words = course.words(&self.lesson.id, language).and_then(|prose| prose.step(&step.id));
                let choices = words.and_then(|words| words.questions.get(id)).map(|q| q.choices.as_slice()).unwrap_or_default();
                choices.iter().any(|choice| choice.right && choice.text == given)
            }),
        };
        if let Some(state) = self.steps.get_mut(self.index) {
            state.answers.insert(id.to_owned(), (given.to_owned(), right));
        }
    }

    /// Whether every check of a step is met and every question answered rightly.
    pub fn step_passed(&self, index: usize) -> bool {
        let (Some(step), Some(state)) = (self.lesson.steps.get(index), self.steps.get(index)) else { return false };
        self.checks_met(index) && step.questions.iter().all(|q| state.answers.get(&q.id).is_some_and(|(_, right)| *right))
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
    pub fn view(&self, course: &Course, language: Lang) -> Option<LessonView> {
        let id = &self.lesson.id;
        let words = course.words(id, language.code())?;
        let number = course.number_of(id).unwrap_or(0);
        let part = course.parts.iter().find(|part| part.lessons.iter().any(|lesson| &lesson.id == id));
        let part_title = part.and_then(|part| part.title.get(language.code())).cloned().unwrap_or_default();
        let order: Vec<&str> = course.parts.iter().flat_map(|part| &part.lessons).map(|lesson| lesson.id.as_str()).collect();
        let next_lesson = order.iter().skip(number).find(|id| course.lessons.contains_key(**id)).map(|id| (*id).to_owned());
        let empty = ProseStep::default();
        let count = self.lesson.steps.len();
        let steps = self.lesson.steps.iter().zip(&self.steps).enumerate().map(|(index, (step, state))| {
            let prose = words.step(&step.id).unwrap_or(&empty);
            let mut view = step_view(step, state, prose);
            view.passed = self.step_passed(index);
            if index == 0 && !words.opening.trim().is_empty() {
                view.html = format!("{}{}", html(&words.opening), view.html);
            }
            if index + 1 == count {
                view.html.push_str(&closing(&words.remember, &words.real_cluster, language));
            }
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
        })
    }
}

const LANGUAGES: &[&str] = &["ko", "en"];

fn step_view(step: &Step, state: &StepState, words: &ProseStep) -> StepView {
    let checks = step.check.iter().zip(&state.met);
    let shown_hints = step.hints.iter().take(state.hints).filter_map(|id| words.hints.get(id));
    let questions = step.questions.iter().filter_map(|question| {
        let words = words.questions.get(&question.id)?;
        let given = state.answers.get(&question.id);
        Some(QuestionView {
            id: question.id.clone(),
            text: html(&words.text),
            choices: words.choices.iter().map(|choice| choice.text.clone()).collect(),
            given: given.map(|(text, _)| text.clone()),
            right: given.map(|(_, right)| *right),
            explanation: given.map(|_| html(&words.explanation)),
        })
    });
    StepView {
        id: step.id.clone(),
        title: words.title.clone(),
        html: html(&words.body),
        task: words.task.clone(),
        checks: checks
            .map(|(check, met)| CheckView { text: words.checks.get(&check.id).cloned().unwrap_or_default(), met: *met })
            .collect(),
        hints: shown_hints.map(|hint| html(hint)).collect(),
        hints_total: step.hints.len(),
        mistakes: state.mistakes.iter().filter_map(|id| words.mistakes.get(id)).map(|text| html(text)).collect(),
        questions: questions.collect(),
        passed: false,
    }
}

/// What stands at a lesson's end.
fn closing(remember: &str, real_cluster: &str, language: Lang) -> String {
    let (remember_title, real_title) = match language {
        Lang::Ko => ("기억할 것", "실제 클러스터에서는"),
        Lang::En => ("To remember", "On a real cluster"),
    };
    let (remember, real_cluster) = (html(remember), html(real_cluster));
    format!("<section class=\"closing\"><h3>{remember_title}</h3>{remember}<h3>{real_title}</h3>{real_cluster}</section>")
}
