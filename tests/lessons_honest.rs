//! Checks look at state, not at how it came about: other honest ways pass too, and near misses are answered in words.
//! The cases are in `lessons_honest.yaml`.
mod course;

use std::time::Duration;

use course::Memory;
use podground::lessons::Course;
use podground::session::{Lang, Options, Session, Typist};
use podground::shell::Dialect;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    lesson: String,
    step: String,
    /// Ways to do the step, each a list of commands.
    ways: Vec<Vec<String>>,
    /// Commands that almost do it.
    near_miss: Vec<String>,
    /// The mistake that answers them; none where what is nearly right answers by itself.
    #[serde(default)]
    answered: String,
}

/// A session at the beginning of a step.
fn at_step(course: &Course, case: &Case) -> (Session, Typist, usize) {
    let lesson = course.lessons.get(&case.lesson).unwrap_or_else(|| panic!("no lesson {}", case.lesson));
    let index = lesson.steps.iter().position(|step| step.id == case.step).unwrap_or_else(|| panic!("no step {}", case.step));
    let options = Options { seed: 1, lesson: Some(case.lesson.clone()), unix_time_at_start: 1_795_219_200, ..Options::default() };
    let session = Session::with_course(options, course.clone());
    let mut typist = session.typist(Dialect::Bash).expect("a shell");
    for (before, step) in lesson.steps.iter().enumerate().take(index) {
        session.lesson_turn_to(before);
        run(&session, &mut typist, &step.solution);
        assert!(settles(&session, &mut typist, || session.lesson_checks_met(before)), "{} cannot be reached", case.step);
    }
    session.lesson_turn_to(index);
    (session, typist, index)
}

fn run(session: &Session, typist: &mut Typist, commands: &[String]) {
    for command in commands {
        let ran = typist.run(command).unwrap_or_else(|late| late);
        session.took(&ran);
    }
}

fn settles(session: &Session, typist: &mut Typist, done: impl Fn() -> bool) -> bool {
    for _ in 0..240 {
        session.advance(0, usize::MAX);
        if done() {
            return true;
        }
        typist.pass(Duration::from_millis(500));
    }
    false
}

fn cases() -> Vec<Case> {
    serde_yaml::from_str(include_str!("lessons_honest.yaml")).expect("cases")
}

#[test]
fn three_honest_ways_through_each_of_ten_steps() {
    let (course, cases) = (Memory::all().course(), cases());
    assert!(cases.len() >= 10);
    for case in &cases {
        assert!(case.ways.len() >= 3, "{} {}", case.lesson, case.step);
        for way in &case.ways {
            let (session, mut typist, index) = at_step(&course, case);
            assert!(!session.lesson_checks_met(index), "{} {} is done from the start", case.lesson, case.step);
            run(&session, &mut typist, way);
            let done = settles(&session, &mut typist, || session.lesson_checks_met(index));
            assert!(done, "{} {}: this way is honest, and unmet is {:?}: {way:#?}", case.lesson, case.step, session.lesson_met());
        }
    }
}

#[test]
fn ten_near_misses_are_answered() {
    let course = Memory::all().course();
    for case in &cases() {
        let (session, mut typist, index) = at_step(&course, case);
        run(&session, &mut typist, &case.near_miss);
        let told = || {
            session.lesson(Lang::En).and_then(|lesson| lesson.steps.into_iter().nth(index)).is_some_and(|step| !step.mistakes.is_empty())
        };
        let seen =
            settles(&session, &mut typist, || if case.answered.is_empty() { told() } else { session.lesson_recognised(&case.answered) });
        assert!(seen, "{} {}: {} is not recognised", case.lesson, case.step, case.answered);
        assert!(!session.lesson_checks_met(index), "{} {}: a near miss passes", case.lesson, case.step);
        for language in [Lang::Ko, Lang::En] {
            let step = session.lesson(language).and_then(|lesson| lesson.steps.into_iter().nth(index)).expect("the step");
            assert!(step.mistakes.iter().any(|words| words.len() > 40), "{} {}: no word of help", case.lesson, case.step);
        }
    }
}
