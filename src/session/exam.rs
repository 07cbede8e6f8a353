//! The exam's clock and report.

use super::lesson_state::LessonState;
use super::lesson_view::{ExamLine, ExamView};
use super::view::Lang;
use crate::lessons::{Course, Prose};
use crate::sim::Time;

/// The exam as it stands at `now`.
pub fn view(state: &LessonState, course: &Course, words: &Prose, language: Lang, now: Time) -> ExamView {
    let worth = |index: usize| state.lesson.steps.get(index).map_or(0, |step| step.points.max(1));
    let all = (0..state.lesson.steps.len()).map(worth).sum();
    let limit = u64::from(state.lesson.minutes) * 60;
    let begun = state.begun.unwrap_or(Time::ZERO);
    let now = state.ended.unwrap_or(now);
    let left_s = limit.saturating_sub(now.since(begun).as_secs());
    if state.ended.is_none() {
        return ExamView { left_s, over: false, points: (0, all), report: Vec::new() };
    }
    let titles = |id: &str| {
        let lesson = course.parts.iter().flat_map(|part| &part.lessons).find(|lesson| lesson.id == id)?;
        Some((id.to_owned(), lesson.title.get(language.code())?.clone()))
    };
    let lines = state.lesson.steps.iter().zip(&state.steps).enumerate().map(|(index, (step, progress))| {
        let prose = words.step(&step.id);
        let missed = step.check.iter().zip(&progress.met).filter(|(_, met)| !**met);
        let missed = missed.filter_map(|(check, _)| prose?.checks.get(&check.id).cloned());
        let reached = if state.step_passed(index) { worth(index) } else { 0 };
        ExamLine {
            title: prose.map(|prose| prose.title.clone()).unwrap_or_default(),
            points: (reached, worth(index)),
            missed: missed.collect(),
            lesson: titles(&step.lesson),
        }
    });
    let report: Vec<ExamLine> = lines.collect();
    ExamView { left_s, over: true, points: (report.iter().map(|line| line.points.0).sum(), all), report }
}
