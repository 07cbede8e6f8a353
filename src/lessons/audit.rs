//! What can be wrong with a lesson without playing it, beyond its bare form: names, links, terms, figures, languages.

use std::collections::BTreeSet;

use super::course::{Course, Fault, LANGUAGES};
use super::markdown::{Contents, FIGURES, contents};
use super::model::{Lesson, Step};
use super::prose::{Prose, ProseStep};
use crate::api::Kind;
use crate::api::selector::LabelSelector;

/// Faults of `lesson.yaml`.
pub fn structure(course: &Course, id: &str, lesson: &Lesson, faults: &mut Vec<Fault>) {
    let file = format!("{id}/lesson.yaml");
    let mut fault = |what: String, remedy: &str| faults.push(Fault { file: file.clone(), line: 0, what, remedy: remedy.into() });
    let mut seen = BTreeSet::new();
    for step in &lesson.steps {
        if !seen.insert(&step.id) {
            fault(format!("the step {} is there twice", step.id), "Give it a name of its own.");
        }
        let mut names = BTreeSet::new();
        for check in &step.check {
            if !names.insert(&check.id) {
                fault(format!("the step {} has two checks called {:?}", step.id, check.id), "Give each check an id of its own.");
            }
        }
        for (what, remedy) in step_faults(step) {
            fault(format!("the step {}: {what}", step.id), remedy);
        }
        if lesson.minutes > 0 && !announced(course, &step.lesson) {
            let what = format!("the step {} names no lesson that teaches it", step.id);
            fault(what, "Give `lesson:` with the id of a lesson of course.yaml.");
        }
    }
    if lesson.steps.iter().all(|step| step.questions.is_empty()) && lesson.minutes == 0 {
        fault("it has no question".into(), "Ask one or two, with explained answers.");
    }
}

fn step_faults(step: &Step) -> Vec<(String, &'static str)> {
    let mut faults = Vec::new();
    for mistake in &step.mistakes {
        if mistake.by.is_empty() {
            faults.push((format!("the mistake {} has no `by`", mistake.say), "Give the commands that make it."));
        }
    }
    for question in &step.questions {
        if question.predict && step.check.is_empty() {
            faults.push((format!("the prediction {} has nothing to come true", question.id), "Give the step a check."));
        }
        if question.answer.as_ref().is_some_and(|answer| answer.printed != answer.of.is_empty()) {
            faults.push((format!("the answer of {} has no single source", question.id), "Give `of` and `pointer`, or `printed: true`."));
        }
    }
    let counts = step.check.iter().flat_map(|check| check.parts()).filter_map(|check| check.count.as_ref());
    for count in counts {
        if Kind::named(&count.kind).is_none() {
            faults.push((format!("there is no kind {:?}", count.kind), "Write it as in a manifest."));
        }
        if let Err(why) = LabelSelector::parse(&count.selector) {
            faults.push((format!("the selector {:?} is not one: {why}", count.selector), "Correct it."));
        }
        if count.equals.is_none() && count.at_least.is_none() {
            faults.push(("a count has no number".into(), "Give `equals` or `atLeast`."));
        }
    }
    let parts = step.check.iter().flat_map(|check| check.parts());
    for value in parts.filter_map(|part| part.output.as_ref()?.value.as_ref()) {
        if value.printed || value.of.is_empty() || value.pointer.is_empty() {
            faults.push(("a `value` names no field".into(), "Give it `of` and `pointer`."));
        }
    }
    for goal in step.goal.iter().filter(|goal| super::check::kind_of(goal).is_none()) {
        faults.push((format!("the goal has an object of no known kind: {goal}"), "Give each its `kind`."));
    }
    faults
}

fn announced(course: &Course, id: &str) -> bool {
    course.parts.iter().flat_map(|part| &part.lessons).any(|lesson| lesson.id == id)
}

/// Faults of `ko.md` or `en.md`.
pub fn prose(course: &Course, id: &str, language: &str, lesson: &Lesson, prose: &Prose, faults: &mut Vec<Fault>) {
    let file = format!("{id}/{language}.md");
    let mut fault = |line: usize, what: String, remedy: &str| faults.push(Fault { file: file.clone(), line, what, remedy: remedy.into() });
    if prose.opening.trim().is_empty() {
        fault(1, "it does not say what the learner will be able to do".into(), "Write a sentence below the title.");
    }
    for text in [&prose.opening, &prose.remember, &prose.real_cluster] {
        for (what, remedy) in text_faults(course, id, text) {
            fault(0, what, remedy);
        }
        if let Some(what) = wrong_language(language, text) {
            fault(0, what, "Write it in the language of the file.");
        }
    }
    for words in &prose.steps {
        for text in texts_of(words) {
            for (what, remedy) in text_faults(course, id, text) {
                fault(words.line, what, remedy);
            }
            if let Some(what) = wrong_language(language, text) {
                fault(words.line, what, "Write it in the language of the file.");
            }
        }
        let Some(step) = lesson.steps.iter().find(|step| step.id == words.id) else { continue };
        for what in orphans(step, words) {
            fault(words.line, what, "Remove the block, or name it in lesson.yaml.");
        }
        for (kind, name) in empty_blocks(words) {
            fault(words.line, format!("`:::{kind} {name}` says nothing"), "Write its words.");
        }
    }
}

/// Every text of a step.
fn texts_of(words: &ProseStep) -> Vec<&str> {
    let blocks = words.checks.values().chain(words.hints.values()).chain(words.mistakes.values());
    let questions = words.questions.values().flat_map(|question| [&question.text, &question.explanation]);
    [&words.title, &words.body, &words.task].into_iter().chain(blocks).chain(questions).map(String::as_str).collect()
}

fn empty_blocks(words: &ProseStep) -> Vec<(&'static str, String)> {
    let blocks = [("check", &words.checks), ("hint", &words.hints), ("mistake", &words.mistakes)];
    let empty = |(kind, texts): (&'static str, &std::collections::BTreeMap<String, String>)| {
        let names = texts.iter().filter(|(_, text)| text.trim().is_empty()).map(|(name, _)| (kind, name.clone()));
        names.collect::<Vec<_>>()
    };
    blocks.into_iter().flat_map(empty).collect()
}

/// Blocks that the structure does not name.
fn orphans(step: &Step, words: &ProseStep) -> Vec<String> {
    let mut found = Vec::new();
    let mut see = |kind: &str, names: Vec<&String>, known: &dyn Fn(&str) -> bool| {
        found
            .extend(names.into_iter().filter(|name| !known(name)).map(|name| format!("lesson.yaml knows no {kind} {name} in {}", step.id)));
    };
    see("check", words.checks.keys().collect(), &|id| step.check.iter().any(|check| check.id == id));
    see("hint", words.hints.keys().collect(), &|id| step.hints.iter().any(|hint| hint == id));
    see("mistake", words.mistakes.keys().collect(), &|id| step.mistakes.iter().any(|mistake| mistake.say == id));
    see("question", words.questions.keys().collect(), &|id| step.questions.iter().any(|question| question.id == id));
    found
}

fn text_faults(course: &Course, id: &str, text: &str) -> Vec<(String, &'static str)> {
    let Contents { figures, links, terms, unknown, .. } = contents(text);
    let mut faults = Vec::new();
    for term in terms.iter().filter(|term| !course.glossary.contains_key(*term)) {
        faults.push((format!("the glossary has no term {term}"), "Add it to glossary.yaml, or correct the name."));
    }
    for link in links.iter().filter(|link| is_dead(course, link)) {
        let remedy = "Link to lesson:ID of a lesson in course.yaml, or to a page of https://kubernetes.io/.";
        faults.push((format!("the link to {link} leads nowhere"), remedy));
    }
    for figure in &figures {
        if !FIGURES.contains(&figure.kind.as_str()) {
            faults.push((format!("there is no figure {}", figure.kind), "There are pod-diagram, selector-board and lifecycle-strip."));
        }
        let files = course.figures.get(id).map(Vec::as_slice).unwrap_or_default();
        if !files.iter().any(|(name, _)| *name == figure.manifests) {
            faults.push((format!("there is no file figures/{}", figure.manifests), "Write `figure KIND FILE`, and add the file."));
        }
    }
    for language in unknown {
        let remedy = "There are run, run fails, run stays, run after, file NAME, figure KIND FILE; yaml, json, text, sh are shown.";
        faults.push((format!("a fence is called {language:?}"), remedy));
    }
    faults
}

/// Links to elsewhere go to Kubernetes' own documentation only, which can be trusted to stay.
fn is_dead(course: &Course, link: &str) -> bool {
    match link.strip_prefix("lesson:") {
        Some(lesson) => !announced(course, lesson),
        None => !link.starts_with("https://kubernetes.io/"),
    }
}

fn is_hangul(character: char) -> bool {
    matches!(character, '가'..='힣')
}

/// English has no Hangul; Korean has some wherever there are words (`code` apart).
fn wrong_language(language: &str, text: &str) -> Option<String> {
    let shown = || text.trim().chars().take(40).collect::<String>().replace('\n', " ");
    if language == "en" {
        return text.chars().any(is_hangul).then(|| format!("there is Korean in it: {}", shown()));
    }
    let words: String = text.split('`').step_by(2).collect();
    let latin = words.chars().filter(char::is_ascii_alphabetic).count();
    // A check may be little more than a name; a sentence is not.
    (latin > 25 && !words.chars().any(is_hangul)).then(|| format!("it is not in Korean: {}", shown()))
}

/// The languages offer the same commands, files, figures and choices.
pub fn languages_agree(course: &Course, id: &str, faults: &mut Vec<Fault>) {
    let [Some(first), Some(second)] = [LANGUAGES[0], LANGUAGES[1]].map(|language| course.words(id, language)) else { return };
    for words in &first.steps {
        let Some(other) = second.step(&words.id) else { continue };
        let mut fault = |what: &str| {
            let what = format!("{what} of {} differ between {} and {}", words.id, LANGUAGES[0], LANGUAGES[1]);
            let remedy = "Offer the same in both languages.".to_owned();
            faults.push(Fault { file: format!("{id}/{}.md", LANGUAGES[1]), line: other.line, what, remedy });
        };
        let (one, two) = (contents(&words.body), contents(&other.body));
        if one.clicks != two.clicks {
            fault("the commands and files");
        }
        let bare = |contents: &Contents| {
            contents.figures.iter().map(|f| (f.kind.clone(), f.manifests.clone(), f.argument.clone())).collect::<Vec<_>>()
        };
        if bare(&one) != bare(&two) {
            fault("the figures");
        }
        for (name, question) in &words.questions {
            let right = |choices: &[super::prose::Choice]| choices.iter().map(|choice| choice.right).collect::<Vec<_>>();
            if other.questions.get(name).is_some_and(|other| right(&other.choices) != right(&question.choices)) {
                fault(&format!("the choices of the question {name}"));
            }
        }
    }
}

/// Faults of `glossary.yaml`.
pub fn glossary(course: &Course, faults: &mut Vec<Fault>) {
    for (id, term) in &course.glossary {
        let complete = LANGUAGES
            .iter()
            .all(|language| [&term.term, &term.text].iter().all(|texts| texts.get(*language).is_some_and(|text| !text.trim().is_empty())));
        let mut fault = |what: String, remedy: &str| {
            faults.push(Fault { file: "glossary.yaml".into(), line: 0, what, remedy: remedy.into() });
        };
        if !complete {
            fault(format!("the term {id} is not there in both languages"), "Give `term` and `text` in ko and en.");
        }
        if !term.lesson.is_empty() && !announced(course, &term.lesson) {
            fault(format!("the term {id} names the lesson {}, which is not in course.yaml", term.lesson), "Correct it.");
        }
    }
}
