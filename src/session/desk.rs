//! What stands on the learner's desk beside the cluster: the lesson, the inspector's texts, the editor's diagnostics.

use super::lesson_view::{CourseLessonView, CourseView, LessonView, PartView};
use super::playground::Session;
use super::recording::Input;
use super::typist::{Ran, Typist};
use super::view::{Diagnostic, Lang, ObjectRef};
use crate::api::{Key, Kind, Object};
use crate::kubectl::printers;
use crate::shell::Dialect;

impl Session {
    /// The table of contents.
    pub fn course(&self, language: Lang) -> CourseView {
        let course = &self.0.course;
        let mut number = 0;
        let parts = course.parts.iter().map(|part| {
            let lessons = part.lessons.iter().map(|announced| {
                number += 1;
                let steps = course.steps.get(&announced.id).copied();
                CourseLessonView {
                    id: announced.id.clone(),
                    number,
                    title: announced.title.get(language.code()).cloned().unwrap_or_default(),
                    steps: steps.unwrap_or_default(),
                    available: steps.is_some(),
                }
            });
            PartView { title: part.title.get(language.code()).cloned().unwrap_or_default(), lessons: lessons.collect() }
        });
        CourseView { parts: parts.collect() }
    }

    /// The lesson that is open.
    pub fn lesson(&self, language: Lang) -> Option<LessonView> {
        self.0.lesson.borrow().as_ref()?.view(&self.0.course, language, self.0.sim.now())
    }

    /// Shows one hint more.
    pub fn lesson_hint(&self) {
        self.input(Input::Hint);
    }

    /// Turns to any step.
    pub fn lesson_turn_to(&self, index: usize) {
        self.input(Input::Step(index));
    }

    /// Hands an exam in.
    pub fn lesson_finish(&self) {
        self.input(Input::Finish);
    }

    /// Turns to the next step.
    pub fn lesson_next(&self) {
        let index = self.0.lesson.borrow().as_ref().map_or(0, |lesson| lesson.index + 1);
        self.input(Input::Step(index));
    }

    /// Turns to the step before.
    pub fn lesson_back(&self) {
        let index = self.0.lesson.borrow().as_ref().map_or(0, |lesson| lesson.index.saturating_sub(1));
        self.input(Input::Step(index));
    }

    /// Answers a question of the step on the screen.
    pub fn lesson_answer(&self, id: &str, text: &str) {
        self.input(Input::Answer(id.to_owned(), text.to_owned()));
    }

    pub(super) fn object(&self, of: &ObjectRef) -> Option<Object> {
        let kind = Kind::named(&of.kind)?;
        let namespace = if kind.info().namespaced { of.namespace.as_str() } else { "" };
        self.0.cluster.server().store().get(&Key::new(kind, namespace, &of.name))
    }

    /// What is wrong with a manifest that is being written. Nothing of the cluster is touched.
    pub fn diagnose(&self, path: &str, text: &str) -> Vec<Diagnostic> {
        super::diagnose::diagnose(path, text, &|kind, document| self.dry_run(kind, &document.value))
    }

    /// Why an object is as it is, and what happened, in order. Of an object that is gone: why it went. Fields are looked for in the
    /// manifests of the home directory.
    pub fn why(&self, of: &ObjectRef) -> Option<crate::why::Answer> {
        let kind = Kind::named(&of.kind)?;
        let namespace = if kind.info().namespaced { of.namespace.as_str() } else { "" };
        let is_manifest = |name: &String| [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end));
        let read = |name: String| Some(crate::why::Manifest { text: self.read_file(&name)?, name });
        let manifests: Vec<_> = self.files().into_iter().filter(is_manifest).filter_map(read).collect();
        crate::why::why(&self.0.cluster, &Key::new(kind, namespace, &of.name), &manifests)
    }

    /// [`Session::why`] as text; empty where there is nothing to say.
    pub fn why_of(&self, of: &ObjectRef, language: Lang) -> String {
        self.why(of).map(|answer| crate::why::print(&answer, language == Lang::Ko)).unwrap_or_default()
    }

    /// The object as `kubectl get -o yaml` prints it.
    pub fn yaml_of(&self, of: &ObjectRef) -> String {
        let Some(object) = self.object(of) else { return String::new() };
        let mut value = object.to_json();
        if let Some(metadata) = value.get_mut("metadata").and_then(|m| m.as_object_mut()) {
            metadata.remove("managedFields");
        }
        printers::yaml::to_yaml(&value)
    }

    // ---- for proofs ----

    /// A shell without a screen beside the learner's.
    pub fn typist(&self, dialect: Dialect) -> Option<Typist> {
        Typist::new(&self.0.sim, &self.0.station, dialect)
    }

    /// Takes what a command printed as if it had stood in a terminal.
    pub fn took(&self, ran: &Ran) {
        let mut printed = self.0.printed.borrow_mut();
        printed.push_str(&String::from_utf8_lossy(&ran.stdout));
        printed.push_str(&String::from_utf8_lossy(&ran.stderr));
        drop(printed);
        self.observe();
    }

    /// Whether all checks of a step are met.
    pub fn lesson_checks_met(&self, index: usize) -> bool {
        self.0.lesson.borrow().as_ref().is_some_and(|lesson| lesson.checks_met(index))
    }

    /// Which checks of the step on the screen are met.
    pub fn lesson_met(&self) -> Vec<bool> {
        self.0.lesson.borrow().as_ref().map(|lesson| lesson.met().to_vec()).unwrap_or_default()
    }

    /// The answer that a question reads from the cluster, as it is now.
    pub fn lesson_right_answer(&self, index: usize, question: &str) -> Option<String> {
        let client = self.0.cluster.client("lesson");
        let read_file = |_: &str| None;
        let facts = crate::lessons::Facts { client: &client, since: 0, printed: "", read_file: &read_file };
        let lesson = self.0.lesson.borrow();
        let step = lesson.as_ref()?.lesson.steps.get(index)?;
        let answer = step.questions.iter().find(|one| one.id == question)?.answer.as_ref()?;
        crate::lessons::check::right_answer(answer, &facts)
    }

    /// Whether a wrong turn was recognised.
    pub fn lesson_recognised(&self, mistake: &str) -> bool {
        self.0.lesson.borrow().as_ref().is_some_and(|lesson| lesson.recognised(mistake))
    }
}
