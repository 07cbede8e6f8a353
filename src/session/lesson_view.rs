//! What the page may know of the course and of the lesson that is open, in one language.
//!
//! Prose is HTML made from our own Markdown. A command to click is `<button class="cmd" data-run="…">…</button>`; what the
//! picture colours as the network is `<span class="ink-net">`.

use super::view::PodView;
use crate::lessons::Piece;

/// The course's table of contents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CourseView {
    pub parts: Vec<PartView>,
}

/// One part of the course.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartView {
    pub title: String,
    pub lessons: Vec<CourseLessonView>,
}

/// One line of the table of contents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CourseLessonView {
    pub id: String,
    /// Counts from 1 through the whole course.
    pub number: usize,
    pub title: String,
    pub steps: usize,
    /// False: announced, not written yet.
    pub available: bool,
}

/// The lesson that is open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LessonView {
    pub id: String,
    pub number: usize,
    pub part_title: String,
    pub title: String,
    /// The step on the screen, from 0.
    pub step_index: usize,
    pub steps: Vec<StepView>,
    /// Every step is done.
    pub passed: bool,
    /// The lesson after this one, if it is written.
    pub next_lesson: Option<String>,
    /// A lesson that is timed and scored.
    pub exam: Option<ExamView>,
}

/// An exam: its clock, and once it is over its report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExamView {
    /// Whole seconds of virtual time that are left.
    pub left_s: u64,
    pub over: bool,
    /// Points reached and points there are; before the end, 0 of all.
    pub points: (u32, u32),
    /// One line a task, once it is over.
    pub report: Vec<ExamLine>,
}

/// What became of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExamLine {
    pub title: String,
    pub points: (u32, u32),
    /// The checks that were not met.
    pub missed: Vec<String>,
    /// The lesson that teaches it: its id and title.
    pub lesson: Option<(String, String)>,
}

/// How the cluster looks when a step is done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GoalView {
    /// Pods, as far as the step says anything about them.
    pub pods: Vec<PodView>,
    /// Other objects: `Deployment/web`, `3 × Pod app=web`.
    pub others: Vec<String>,
    /// What must not be there: `Pod/kubia`.
    pub absent: Vec<String>,
}

/// One step of a lesson.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepView {
    pub id: String,
    pub title: String,
    /// HTML before the prose: what the lesson is for, on its first step.
    pub before: String,
    /// The prose: HTML and figures.
    pub body: Vec<Piece>,
    /// HTML at the lesson's end: what to remember.
    pub after: String,
    /// The one thing to do, in one line of plain text; empty for a step that is only read.
    pub task: String,
    pub checks: Vec<CheckView>,
    /// Hints asked for so far, as HTML.
    pub hints: Vec<String>,
    /// How many hints there are in all.
    pub hints_total: usize,
    /// Answers to wrong turns that were taken, as HTML.
    pub mistakes: Vec<String>,
    pub questions: Vec<QuestionView>,
    /// In how many commands it can be done.
    pub par: Option<u32>,
    /// How many commands the learner took.
    pub commands: u32,
    /// Commands that do it.
    pub solution: Vec<String>,
    pub goal: GoalView,
    /// Every check is met and every question is answered.
    pub passed: bool,
}

/// One thing that must be so before a step passes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckView {
    pub text: String,
    pub met: bool,
}

impl QuestionView {
    /// Whether the learner has done their part: answered it rightly, or made the prediction.
    pub fn answered(&self) -> bool {
        if self.predict { self.given.is_some() } else { self.right == Some(true) }
    }
}

/// A question to be answered in words or by a choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuestionView {
    /// For `Session::lesson_answer`.
    pub id: String,
    /// HTML.
    pub text: String,
    /// Plain texts to choose from; empty: a field to type into.
    pub choices: Vec<String>,
    /// Asked before the step is done; told right or wrong when the checks are met.
    pub predict: bool,
    pub given: Option<String>,
    /// None until it is answered.
    pub right: Option<bool>,
    /// HTML; shown once it is answered.
    pub explanation: Option<String>,
}
