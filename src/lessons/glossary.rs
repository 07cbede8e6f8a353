//! `glossary.yaml`: the terms of the course, in each language.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What a text needs to know to be written as HTML.
pub trait Words {
    /// A term's name and meaning, by its id.
    fn term(&self, id: &str) -> Option<(String, String)>;
    /// The manifests of a figure, by its file.
    fn figure(&self, file: &str) -> Option<String>;
}

/// A term.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// Its name by language, as it stands in a sentence.
    pub term: BTreeMap<String, String>,
    /// What it means by language: plain text, a sentence or two.
    pub text: BTreeMap<String, String>,
    /// The lesson that teaches it.
    #[serde(default)]
    pub lesson: String,
}

/// The terms, by id.
pub type Glossary = BTreeMap<String, Term>;

/// Reads the file. `Err` holds the line (0: unknown) and what is wrong there.
pub fn parse(text: &str) -> Result<Glossary, (usize, String)> {
    serde_yaml::from_str(text).map_err(|error| (error.location().map_or(0, |at| at.line()), error.to_string()))
}
