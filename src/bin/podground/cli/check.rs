//! `podground check [DIR]`

use std::path::{Path, PathBuf};

use podground::lessons::{Course, Source};
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

/// Proves the lessons; 1 where something is wrong.
pub fn run(common: &Common, operands: &[String]) -> Result<i32, String> {
    let directory = match operands {
        [] => "lessons",
        [directory] => directory,
        _ => return Err("check takes one folder".into()),
    };
    if !Path::new(directory).is_dir() {
        return Err(format!("{directory}: there is no such folder"));
    }
    let (course, mut faults) = Course::load(&Folder(directory.into()));
    faults.extend(prove::prove(&course, common.seed, &mut |lesson| eprintln!("proving {lesson}")));
    for fault in &faults {
        println!("{directory}/{fault}");
    }
    let (lessons, steps) = (course.lessons.len(), course.lessons.values().map(|lesson| lesson.steps.len()).sum::<usize>());
    eprintln!("{lessons} lessons, {steps} steps, {} faults", faults.len());
    Ok(i32::from(!faults.is_empty()))
}
