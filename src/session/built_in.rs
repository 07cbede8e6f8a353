//! The built-in course.
use std::collections::BTreeMap;

use crate::lessons::{Course, Source};

/// The course that is built in; in the page it is the table of contents, and what has been fetched since.
struct BuiltIn<'a> {
    fetched: &'a BTreeMap<String, String>,
}

static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/lessons.rs"));
static STEPS: &[(&str, usize)] = include!(concat!(env!("OUT_DIR"), "/lesson_steps.rs"));

/// The built-in course, with lessons whose files were fetched: path (`first-pod/lesson.yaml`) and text.
pub fn course(fetched: &BTreeMap<String, String>) -> Course {
    Course::load(&BuiltIn { fetched }).0
}

impl Source for BuiltIn<'_> {
    fn read(&self, path: &str) -> Option<String> {
        let built_in = || FILES.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned());
        self.fetched.get(path).cloned().or_else(built_in)
    }
    fn list(&self, path: &str) -> Vec<String> {
        let folder = format!("{path}/");
        let all = FILES.iter().map(|(name, _)| *name).chain(self.fetched.keys().map(String::as_str));
        all.filter_map(|name| name.strip_prefix(&folder)).filter(|name| !name.contains('/')).map(str::to_owned).collect()
    }
    fn steps(&self, lesson: &str) -> Option<usize> {
        STEPS.iter().find(|(id, _)| *id == lesson).map(|(_, steps)| *steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_counted_at_build_time_are_the_lessons_own() {
        let course = course(&BTreeMap::new());
        assert!(!course.lessons.is_empty());
        for (id, lesson) in &course.lessons {
            assert_eq!(BuiltIn { fetched: &BTreeMap::new() }.steps(id), Some(lesson.steps.len()), "{id}");
        }
    }

    #[test]
    fn a_fetched_file_is_read_and_listed() {
        let fetched = BTreeMap::from([("new/files/a.yaml".to_owned(), "a".to_owned())]);
        let source = BuiltIn { fetched: &fetched };
        assert_eq!(source.read("new/files/a.yaml").as_deref(), Some("a"));
        assert_eq!(source.list("new/files"), ["a.yaml"]);
    }
}
