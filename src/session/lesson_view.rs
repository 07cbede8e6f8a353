//! What the page may know of the course and of the lesson that is open, in one language.
//!
//! Prose is HTML made from our own Markdown. A command to click is `<button class="cmd" data-run="…">…</button>`; what the
//! picture colours as the network is `<span class="ink-net">`.

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
}

/// One step of a lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepView {
    pub id: String,
    pub title: String,
    /// Prose as HTML.
    pub html: String,
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
    /// Every check is met and every question is answered.
    pub passed: bool,
}

/// One thing that must be so before a step passes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckView {
    pub text: String,
    pub met: bool,
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
    pub given: Option<String>,
    /// None until it is answered.
    pub right: Option<bool>,
    /// HTML; shown once it is answered.
    pub explanation: Option<String>,
}
