//! The lessons of the repository, as a course in memory that a test may change.
#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use podground::lessons::{Course, Fault, Source};

/// Files by path.
#[derive(Clone, Default)]
pub struct Memory(pub BTreeMap<String, String>);

impl Source for Memory {
    fn read(&self, path: &str) -> Option<String> {
        self.0.get(path).cloned()
    }
    fn list(&self, path: &str) -> Vec<String> {
        let folder = format!("{path}/");
        self.0.keys().filter_map(|name| name.strip_prefix(&folder)).filter(|name| !name.contains('/')).map(str::to_owned).collect()
    }
    fn folders(&self) -> Vec<String> {
        let names: BTreeSet<&str> = self.0.keys().filter_map(|path| path.split_once('/')).map(|(folder, _)| folder).collect();
        names.into_iter().map(str::to_owned).collect()
    }
}

impl Memory {
    /// Everything below `lessons/`.
    pub fn all() -> Memory {
        let mut files = BTreeMap::new();
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons"), "", &mut files);
        Memory(files)
    }

    /// One lesson, announced among all the others.
    pub fn only(lesson: &str) -> Memory {
        let prefix = format!("{lesson}/");
        let mut memory = Memory::all();
        memory.0.retain(|path, _| !path.contains('/') || path.starts_with(&prefix));
        memory
    }

    /// Writes `new` for `old` wherever it stands in the file; it must stand there.
    pub fn change(&mut self, path: &str, old: &str, new: &str) -> &mut Memory {
        let text = self.0.get_mut(path).unwrap_or_else(|| panic!("there is no {path}"));
        assert!(text.contains(old), "{path} has no {old:?}");
        *text = text.replace(old, new);
        self
    }

    /// The course, which must be readable.
    pub fn course(&self) -> Course {
        let (course, faults) = Course::load(self);
        assert_eq!(faults, [], "the lessons cannot be read");
        course
    }

    /// Everything that is wrong with it.
    pub fn faults(&self) -> Vec<Fault> {
        let (course, mut faults) = Course::load(self);
        faults.extend(podground::session::prove::prove(&course, 1, &mut |_| ()));
        faults
    }
}

fn walk(folder: &Path, below: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("lessons").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.path().is_dir() {
            walk(&entry.path(), &path, files);
        } else {
            files.insert(path, fs::read_to_string(entry.path()).expect("text"));
        }
    }
}
