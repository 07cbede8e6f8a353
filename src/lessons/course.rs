//! The course: which lessons there are, in which order, and whether they are whole.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::glossary::{self, Glossary, Words};
use super::model::{Check, Lesson, Step};
use super::prose::{Prose, ProseStep};
use crate::sim::{AtOnce, Pace, at_once};

/// Where the files of a course are read from: a folder natively, the built-in copy in the page.
pub trait Source {
    /// The text of the file at `path` (`first-pod/lesson.yaml`).
    fn read(&self, path: &str) -> Option<String>;
    /// The names of the files in the folder at `path`.
    fn list(&self, path: &str) -> Vec<String>;
    /// The names of the course's folders, where they are known apart from course.yaml.
    fn folders(&self) -> Vec<String> {
        Vec::new()
    }
    /// A teacher's own lessons, in their order: they are in the course even if course.yaml does not announce them.
    fn own(&self) -> Vec<Announced> {
        Vec::new()
    }
    /// How many steps a lesson has that is written, if that is known without reading it.
    fn steps(&self, _lesson: &str) -> Option<usize> {
        None
    }
}

/// Why a course cannot be read.
pub type CourseError = Vec<Fault>;

/// One thing that is wrong with a course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, relative to the course's folder.
    pub file: String,
    /// The line, from 1; 0 where no line is to blame.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub remedy: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}. {}", self.file, self.what, self.remedy),
            line => write!(f, "{}:{line}: {}. {}", self.file, self.what, self.remedy),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CourseFile {
    parts: Vec<Part>,
}

/// A part of the course.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its title in each language.
    pub title: BTreeMap<String, String>,
    /// Its lessons; those that are announced but not written have no folder.
    pub lessons: Vec<Announced>,
}

/// A lesson in the table of contents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announced {
    /// The lesson's id.
    pub id: String,
    /// Its title in each language.
    pub title: BTreeMap<String, String>,
}

/// A whole course.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// Its parts, in order.
    pub parts: Vec<Part>,
    /// Its written lessons, by id.
    pub lessons: BTreeMap<String, Lesson>,
    /// How many steps each written lesson has, by id; of some nothing else may be known yet.
    pub steps: BTreeMap<String, usize>,
    /// The words, by lesson and language.
    pub prose: BTreeMap<(String, String), Prose>,
    /// The files that a lesson starts with, by lesson: name and text.
    pub files: BTreeMap<String, Vec<(String, String)>>,
    /// Files for the preparing commands, in the same form; they stand in `~/.setup`.
    pub setup: BTreeMap<String, Vec<(String, String)>>,
    /// Manifests of figures, in the same form.
    pub figures: BTreeMap<String, Vec<(String, String)>>,
    /// The terms.
    pub glossary: Glossary,
    /// Where each step stands in its lesson.yaml, by lesson and step; lines count from 1.
    pub lines: BTreeMap<(String, String), usize>,
}

/// The words of one lesson in one language.
pub struct LessonWords<'a> {
    course: &'a Course,
    lesson: &'a str,
    language: &'a str,
}

impl Words for LessonWords<'_> {
    fn term(&self, id: &str) -> Option<(String, String)> {
        let term = self.course.glossary.get(id)?;
        Some((term.term.get(self.language)?.clone(), term.text.get(self.language)?.clone()))
    }
    fn figure(&self, file: &str) -> Option<String> {
        self.course.figures.get(self.lesson)?.iter().find(|(name, _)| name == file).map(|(_, text)| text.clone())
    }
}

/// The languages every lesson has.
pub const LANGUAGES: &[&str] = &["ko", "en"];

impl Course {
    /// Reads a course. Whatever can be read is in it; the faults say what could not.
    pub fn load(source: &dyn Source) -> (Course, Vec<Fault>) {
        at_once(Course::load_at(source, &AtOnce))
    }

    /// The same in pieces, as `pace` has it.
    pub async fn load_at(source: &dyn Source, pace: &dyn Pace) -> (Course, Vec<Fault>) {
        let mut course = Course::default();
        let mut faults = Vec::new();
        let fault = |file: &str, line: usize, what: String, remedy: &str| Fault { file: file.into(), line, what, remedy: remedy.into() };
        let Some(text) = source.read("course.yaml") else {
            faults.push(fault("course.yaml", 0, "there is no such file".into(), "Make it: it orders the parts and lessons."));
            return (course, faults);
        };
        match source.read("glossary.yaml").map(|text| glossary::parse(&text)) {
            Some(Ok(glossary)) => course.glossary = glossary,
            Some(Err((line, what))) => faults.push(fault("glossary.yaml", line, what, "See lessons/README.md for its form.")),
            None => {}
        }
        pace.breath().await;
        match serde_yaml::from_str::<CourseFile>(&text) {
            Ok(file) => {
                course.parts = file.parts;
                course.parts.extend(own_part(source.own(), &course.parts));
            }
            Err(error) => faults.push(fault("course.yaml", line_of(&error), error.to_string(), "See lessons/README.md for its form.")),
        }
        let ids: Vec<String> = course.parts.iter().flat_map(|part| part.lessons.iter().map(|lesson| lesson.id.clone())).collect();
        folder_faults(source, &ids, &mut faults);
        pace.breath().await;
        for id in ids {
            course.steps.extend(source.steps(&id).map(|steps| (id.clone(), steps)));
            let path = format!("{id}/lesson.yaml");
            let Some(text) = source.read(&path) else { continue };
            match serde_yaml::from_str::<Lesson>(&text) {
                Ok(lesson) => {
                    for (index, line) in text.lines().enumerate() {
                        // Steps stand less deep than their checks.
                        if let Some(step) = line.strip_prefix("  ").unwrap_or(line).strip_prefix("- id: ") {
                            course.lines.entry((id.clone(), step.trim().to_owned())).or_insert(index + 1);
                        }
                    }
                    course.steps.insert(id.clone(), lesson.steps.len());
                    course.lessons.insert(id.clone(), lesson);
                }
                Err(error) => faults.push(fault(&path, line_of(&error), error.to_string(), "See lessons/README.md for the fields.")),
            }
            pace.breath().await;
            for language in LANGUAGES {
                let path = format!("{id}/{language}.md");
                match source.read(&path).map(|text| Prose::parse(&text)) {
                    None => faults.push(fault(&path, 0, "there is no such file".into(), "Every lesson has both languages.")),
                    Some(Err((line, what))) => faults.push(fault(&path, line, what, "See lessons/README.md for the blocks.")),
                    Some(Ok(prose)) => {
                        course.prose.insert((id.clone(), (*language).to_owned()), prose);
                    }
                }
            }
            let folder = |name: &str| {
                let folder = format!("{id}/{name}");
                let mut names = source.list(&folder);
                names.sort();
                let files = names.into_iter().filter_map(|name| Some((name.clone(), source.read(&format!("{folder}/{name}"))?)));
                files.collect::<Vec<_>>()
            };
            course.files.insert(id.clone(), folder("files"));
            course.setup.insert(id.clone(), folder("setup"));
            course.figures.insert(id.clone(), folder("figures"));
        }
        (course, faults)
    }

    /// What is wrong with the lessons without playing them: what the languages and the structure owe each other.
    pub fn static_faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (id, lesson) in &self.lessons {
            if &lesson.id != id {
                let what = format!("the id is \"{}\" but the folder is \"{id}\"", lesson.id);
                faults.push(Fault { file: format!("{id}/lesson.yaml"), line: 0, what, remedy: "Make them the same.".into() });
            }
            let from = faults.len();
            structure_faults(id, lesson, &mut faults);
            super::audit::structure(self, id, lesson, &mut faults);
            for fault in faults.iter_mut().skip(from) {
                fault.line = self.step_line(id, &fault.what);
            }
            for language in LANGUAGES {
                if let Some(prose) = self.prose.get(&(id.clone(), (*language).to_owned())) {
                    prose_faults(&format!("{id}/{language}.md"), lesson, prose, &mut faults);
                    super::audit::prose(self, id, language, lesson, prose, &mut faults);
                }
            }
            super::audit::languages_agree(self, id, &mut faults);
        }
        super::audit::glossary(self, &mut faults);
        faults
    }

    /// The line of the step that a fault speaks of (`the step ID …`, `step ID: …`); 0 where it speaks of none.
    pub fn step_line(&self, lesson: &str, what: &str) -> usize {
        let after = what.split_once("step ").map_or("", |(_, after)| after);
        let step = after.split([' ', ':']).next().unwrap_or_default();
        self.lines.get(&(lesson.to_owned(), step.to_owned())).copied().unwrap_or(0)
    }

    /// What the texts of a lesson need to be written as HTML.
    pub fn lesson_words<'a>(&'a self, lesson: &'a str, language: &'a str) -> LessonWords<'a> {
        LessonWords { course: self, lesson, language }
    }

    /// The number of a lesson in the whole course, from 1.
    pub fn number_of(&self, id: &str) -> Option<usize> {
        self.parts.iter().flat_map(|part| &part.lessons).position(|lesson| lesson.id == id).map(|index| index + 1)
    }

    /// The words of a lesson.
    pub fn words(&self, id: &str, language: &str) -> Option<&Prose> {
        self.prose.get(&(id.to_owned(), language.to_owned()))
    }
}

/// A part for those of a teacher's own lessons that `parts` do not announce.
fn own_part(mut lessons: Vec<Announced>, parts: &[Part]) -> Option<Part> {
    lessons.retain(|own| !parts.iter().flat_map(|part| &part.lessons).any(|known| known.id == own.id));
    let title = [("ko", "내 레슨"), ("en", "Your lessons")].map(|(language, title)| (language.to_owned(), title.to_owned()));
    (!lessons.is_empty()).then(|| Part { title: title.into(), lessons })
}

/// Whether `text` can be read as a course.yaml.
pub fn is_course(text: &str) -> bool {
    serde_yaml::from_str::<CourseFile>(text).is_ok()
}

/// The title that a lesson's words begin with; its id where they do not.
pub fn title_of(words: Option<&str>, id: &str) -> String {
    words.and_then(|text| text.lines().find_map(|line| line.strip_prefix("# "))).map_or(id, str::trim).to_owned()
}

/// Folders that course.yaml does not name, and named ones without a lesson: nobody could open them.
fn folder_faults(source: &dyn Source, ids: &[String], faults: &mut Vec<Fault>) {
    for folder in source.folders() {
        let mut fault = |file: String, what: &str, remedy: String| faults.push(Fault { file, line: 0, what: what.into(), remedy });
        if !ids.contains(&folder) {
            let remedy = format!("Add `- id: {folder}` with its titles where it belongs in course.yaml, or take the folder away.");
            fault(format!("{folder}/lesson.yaml"), "course.yaml does not name this lesson", remedy);
        } else if source.read(&format!("{folder}/lesson.yaml")).is_none() {
            fault(
                format!("{folder}/lesson.yaml"),
                "there is no such file",
                "Write it; `podground new-lesson` makes one to begin with.".into(),
            );
        }
    }
}

/// Whether an id can stand in an address.
pub fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn line_of(error: &serde_yaml::Error) -> usize {
    error.location().map_or(0, |location| location.line())
}

fn structure_faults(id: &str, lesson: &Lesson, faults: &mut Vec<Fault>) {
    let file = format!("{id}/lesson.yaml");
    let mut fault = |what: String, remedy: &str| faults.push(Fault { file: file.clone(), line: 0, what, remedy: remedy.into() });
    if !is_id(id) {
        fault(format!("the folder is called {id:?}"), "Use lower-case letters, digits and - only: it stands in the address.");
    }
    if !(3..=12).contains(&lesson.steps.len()) {
        fault(format!("it has {} steps", lesson.steps.len()), "A lesson has 3 to 8 steps (the capstone 12).");
    }
    for step in &lesson.steps {
        if step.check.is_empty() && step.questions.is_empty() {
            fault(format!("the step {} has neither a check nor a question", step.id), "Say what must be so when it is done.");
        }
        if step.hints.len() < 2 && lesson.minutes == 0 {
            fault(format!("the step {} has {} hints", step.id, step.hints.len()), "Give at least two; the second may give the command.");
        }
        if !step.check.is_empty() && step.solution.is_empty() {
            fault(format!("the step {} has no solution", step.id), "Give the commands that do it.");
        }
        for words in &step.faults {
            if let Err(what) = crate::cluster::Cluster::read_order(words) {
                fault(format!("the step {}: {what}", step.id), "Write faults as for the command fault; `fault --help` lists them.");
            }
        }
        let checks = step.check.iter().chain(step.mistakes.iter().map(|mistake| &mistake.when));
        for check in checks.flat_map(Check::parts) {
            if let Some(what) = check_fault(check) {
                fault(
                    format!("the step {}: {what}", step.id),
                    "A check has exactly one of assert, absent, count, did, output, file, request, any, all, not.",
                );
            }
        }
    }
}

fn check_fault(check: &Check) -> Option<String> {
    let given = [
        check.assert.is_some(),
        check.absent.is_some(),
        check.count.is_some(),
        check.did.is_some(),
        check.output.is_some(),
        check.file.is_some(),
        check.request.is_some(),
        check.not.is_some(),
        !check.any.is_empty(),
        !check.all.is_empty(),
    ];
    let count = given.iter().filter(|given| **given).count();
    if count != 1 {
        return Some(format!("a check has {count} conditions"));
    }
    let partial = check.assert.as_ref().or(check.absent.as_ref())?;
    match super::check::kind_of(partial) {
        None => Some(format!("there is no kind {}", partial.get("kind").unwrap_or(&serde_json::Value::Null))),
        Some(_) => None,
    }
}

fn prose_faults(file: &str, lesson: &Lesson, prose: &Prose, faults: &mut Vec<Fault>) {
    let mut fault = |line: usize, what: String, remedy: &str| faults.push(Fault { file: file.into(), line, what, remedy: remedy.into() });
    if prose.title.is_empty() {
        fault(1, "there is no title".into(), "Begin with `# Title`.");
    }
    if prose.remember.lines().filter(|line| line.trim_start().starts_with("- ")).count() != 3 {
        fault(0, "there are not three lines to remember".into(), "End with `## remember` and three `- ` lines.");
    }
    if prose.real_cluster.trim().is_empty() {
        fault(0, "it does not say what differs on a real cluster".into(), "Add a `## real-cluster` section.");
    }
    for step in &lesson.steps {
        match prose.step(&step.id) {
            None => fault(0, format!("the step {} is missing", step.id), "Add its `## id` section."),
            Some(words) => {
                for (what, remedy) in step_faults(step, words) {
                    fault(words.line, what, remedy);
                }
            }
        }
    }
    for words in &prose.steps {
        if !lesson.steps.iter().any(|step| step.id == words.id) {
            fault(words.line, format!("lesson.yaml has no step {}", words.id), "Remove the section, or add the step.");
        }
    }
}

fn step_faults(step: &Step, words: &ProseStep) -> Vec<(String, &'static str)> {
    let mut faults = Vec::new();
    if words.title.is_empty() {
        faults.push((format!("the step {} has no title", step.id), "Add a `### Title` line."));
    }
    if !step.check.is_empty() && words.task.is_empty() {
        faults.push((format!("the step {} has no task", step.id), "Add a `:::task` block of one line."));
    }
    let mut owed = |kind: &str, names: Vec<&String>, has: &dyn Fn(&str) -> bool| {
        for name in names {
            if !has(name) {
                faults.push((format!("the step {} has no `:::{kind} {name}`", step.id), "Add the block, or correct its name."));
            }
        }
    };
    owed("check", step.check.iter().map(|check| &check.id).collect(), &|id| words.checks.contains_key(id));
    owed("hint", step.hints.iter().collect(), &|id| words.hints.contains_key(id));
    owed("mistake", step.mistakes.iter().map(|mistake| &mistake.say).collect(), &|id| words.mistakes.contains_key(id));
    owed("question", step.questions.iter().map(|question| &question.id).collect(), &|id| words.questions.contains_key(id));
    for (id, question) in &words.questions {
        let from_cluster = step.questions.iter().any(|q| &q.id == id && q.answer.is_some()) && question.choices.is_empty();
        if !from_cluster && question.choices.iter().filter(|choice| choice.right).count() != 1 {
            faults.push((format!("the question {id} has no single right choice"), "Mark one choice with `- [x]`."));
        }
        if question.explanation.trim().is_empty() {
            faults.push((format!("the question {id} is not explained"), "Add `> ` lines that say why."));
        }
    }
    faults
}
