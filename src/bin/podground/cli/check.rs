//! `podground check [DIR]`: DIR is a course or one lesson of it.

use std::path::{Path, PathBuf};

use podground::lessons::{Announced, Course, LANGUAGES, Source};
use podground::session::prove;

use super::Common;

/// A course in a folder.
struct Folder(PathBuf);

impl Source for Folder {
    fn read(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.0.join(path)).ok()
    }
    fn list(&self, path: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.join(path)).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }
    fn folders(&self) -> Vec<String> {
        let mut names = self.list("");
        names.retain(|name| !name.starts_with('.') && self.0.join(name).is_dir());
        names.sort();
        names
    }
}

/// A single lesson, among the announcements and terms of the course beside it, if there is one.
struct One {
    beside: Folder,
    id: String,
}

impl Source for One {
    fn read(&self, path: &str) -> Option<String> {
        match path {
            "course.yaml" => Some(self.beside.read(path).unwrap_or_else(|| "parts: []\n".into())),
            "glossary.yaml" => self.beside.read(path),
            path => self.beside.read(path).filter(|_| path.split('/').next() == Some(&self.id)),
        }
    }
    fn list(&self, path: &str) -> Vec<String> {
        self.beside.list(path)
    }
    fn own(&self) -> Vec<Announced> {
        let title = LANGUAGES.iter().map(|language| ((*language).to_owned(), self.id.clone())).collect();
        vec![Announced { id: self.id.clone(), title }]
    }
}

/// The course in a folder, or the lesson that the folder is; and where its files stand.
fn source(given: &Path) -> Option<(PathBuf, Box<dyn Source>)> {
    if !given.join("lesson.yaml").is_file() {
        return given.is_dir().then(|| (given.to_owned(), Box::new(Folder(given.to_owned())) as Box<dyn Source>));
    }
    // `.` says nothing of the lesson's name.
    let folder = if given.file_name().is_some() { given.to_owned() } else { given.canonicalize().ok()? };
    let id = folder.file_name()?.to_string_lossy().into_owned();
    let parent = folder.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new(".")).to_owned();
    Some((parent.clone(), Box::new(One { beside: Folder(parent), id })))
}

/// Proves the lessons; 1 where something is wrong.
pub fn run(common: &Common, operands: &[String]) -> Result<i32, String> {
    let given = match operands {
        [] => "lessons",
        [given] => given,
        _ => return Err("check takes one folder: that of all lessons, or of one".into()),
    };
    let (directory, source) = source(Path::new(given)).ok_or_else(|| format!("{given}: there is no such folder"))?;
    let directory = directory.display();
    let (course, mut faults) = Course::load(&*source);
    faults.extend(prove::prove(&course, common.seed, &mut |lesson| eprintln!("proving {lesson}")));
    for fault in &faults {
        println!("{directory}/{fault}");
    }
    let (lessons, steps) = (course.lessons.len(), course.lessons.values().map(|lesson| lesson.steps.len()).sum::<usize>());
    eprintln!("{lessons} lessons, {steps} steps, {} faults", faults.len());
    Ok(i32::from(!faults.is_empty()))
}
