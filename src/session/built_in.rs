//! The built-in course.
use std::collections::{BTreeMap, BTreeSet};

use crate::lessons::{Announced, Course, Fault, LANGUAGES, Source, is_course, title_of};
use crate::sim::{AtOnce, Pace, at_once};

/// The course that is built in; in the page it is the table of contents, and what has been fetched since.
struct BuiltIn<'a> {
    fetched: &'a BTreeMap<String, String>,
    /// A fetched course.yaml counts even if it cannot be read.
    strict: bool,
}

static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/lessons.rs"));
static STEPS: &[(&str, usize)] = include!(concat!(env!("OUT_DIR"), "/lesson_steps.rs"));

/// The built-in course, with lessons whose files were fetched: path (`first-pod/lesson.yaml`) and text.
pub fn course(fetched: &BTreeMap<String, String>) -> Course {
    at_once(course_at(fetched, &AtOnce))
}

/// The same in pieces, as `pace` has it.
pub async fn course_at(fetched: &BTreeMap<String, String>, pace: &dyn Pace) -> Course {
    Course::load_at(&BuiltIn { fetched, strict: false }, pace).await.0
}

/// What is wrong with lessons whose files were brought, without playing them; `ids` are theirs. The same files as for [`course`].
pub fn faults(fetched: &BTreeMap<String, String>, ids: &[String]) -> Vec<Fault> {
    let (course, mut faults) = Course::load(&BuiltIn { fetched, strict: true });
    faults.extend(course.static_faults());
    faults.retain(|fault| match fault.file.split_once('/') {
        Some((id, _)) => ids.iter().any(|known| known == id),
        None => fetched.contains_key(&fault.file),
    });
    faults
}

impl Source for BuiltIn<'_> {
    fn read(&self, path: &str) -> Option<String> {
        let built_in = || FILES.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned());
        let counts = |text: &&String| self.strict || path != "course.yaml" || is_course(text);
        self.fetched.get(path).filter(counts).cloned().or_else(built_in)
    }
    fn own(&self) -> Vec<Announced> {
        let ids: BTreeSet<&str> = self.fetched.keys().filter_map(|path| path.strip_suffix("/lesson.yaml")).collect();
        let title = |id: &str, language: &str| title_of(self.fetched.get(&format!("{id}/{language}.md")).map(String::as_str), id);
        let titles = |id: &str| LANGUAGES.iter().map(|language| ((*language).to_owned(), title(id, language))).collect();
        ids.into_iter().map(|id| Announced { id: id.to_owned(), title: titles(id) }).collect()
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
            assert_eq!(BuiltIn { fetched: &BTreeMap::new(), strict: false }.steps(id), Some(lesson.steps.len()), "{id}");
        }
    }

    #[test]
    fn a_lesson_that_is_not_announced_comes_last_and_its_faults_are_told() {
        let own = |path: &str, text: &str| (format!("mine/{path}"), text.to_owned());
        let fetched =
            BTreeMap::from([own("lesson.yaml", "id: mine\nsteps: []\n"), own("ko.md", "# 내 것\n"), own("en.md", "# \"Mine\"\n")]);
        let course = course(&fetched);
        let last = course.parts.last().and_then(|part| part.lessons.last()).expect("a lesson");
        assert_eq!((last.id.as_str(), last.title["ko"].as_str(), last.title["en"].as_str()), ("mine", "내 것", "\"Mine\""));
        assert!(course.lessons.contains_key("mine") && course.number_of("first-pod") == Some(1));
        let faults = faults(&fetched, &["mine".to_owned()]);
        assert!(faults.iter().any(|fault| fault.to_string().starts_with("mine/lesson.yaml: it has 0 steps. ")), "{faults:?}");
        assert!(faults.iter().all(|fault| fault.file.starts_with("mine/")));
    }

    #[test]
    fn a_table_of_contents_that_cannot_be_read_is_told_and_the_own_one_goes_on() {
        let fetched = BTreeMap::from([("course.yaml".to_owned(), "parts: 7".to_owned())]);
        assert_eq!(course(&fetched).number_of("first-pod"), Some(1));
        assert!(faults(&fetched, &[]).iter().any(|fault| fault.file == "course.yaml"));
    }

    #[test]
    fn a_fetched_file_is_read_and_listed() {
        let fetched = BTreeMap::from([("new/files/a.yaml".to_owned(), "a".to_owned())]);
        let source = BuiltIn { fetched: &fetched, strict: false };
        assert_eq!(source.read("new/files/a.yaml").as_deref(), Some("a"));
        assert_eq!(source.list("new/files"), ["a.yaml"]);
    }
}
