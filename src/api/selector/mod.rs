//! Label selectors and field selectors: full grammar and error texts of apimachinery.
mod field;
mod lexer;
mod object;
mod parser;
mod requirement;

pub use field::{FieldRequirement, FieldSelector, field_label};
pub use object::{format_label_selector, from_label_selector, parse_to_label_selector, selects};
pub use requirement::{Operator, Requirement};

use std::collections::BTreeMap;
use std::fmt;

/// Requirements that must all hold. Models labels.Selector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    requirements: Vec<Requirement>,
    nothing: bool,
}

/// The reader of `-l` strings.
pub struct LabelSelector;

impl LabelSelector {
    /// Reads `app=web,tier in (a,b),!x`. The error is Kubernetes' text. Models labels.Parse.
    pub fn parse(text: &str) -> Result<Selector, String> {
        parser::parse(text).map(Selector::new)
    }
}

impl Selector {
    /// Matches everything.
    pub fn everything() -> Self {
        Self::default()
    }

    /// Matches nothing: what a null LabelSelector means.
    pub fn nothing() -> Self {
        Self { requirements: Vec::new(), nothing: true }
    }

    /// Requirements in order of their keys.
    pub fn new(mut requirements: Vec<Requirement>) -> Self {
        requirements.sort_by(|left, right| left.key().cmp(right.key()));
        Self { requirements, nothing: false }
    }

    /// Each pair must be equal; nothing is checked. Models labels.SelectorFromSet.
    pub fn from_set(labels: &BTreeMap<String, String>) -> Self {
        let requirement = |(key, value): (&String, &String)| Requirement::unchecked(key.clone(), Operator::Equals, vec![value.clone()]);
        Self::new(labels.iter().map(requirement).collect())
    }

    /// Whether every requirement holds for these labels.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        !self.nothing && self.requirements.iter().all(|requirement| requirement.matches(labels))
    }

    /// As `matches`, of an object that may have no labels.
    pub fn matches_option(&self, labels: Option<&BTreeMap<String, String>>) -> bool {
        match labels {
            Some(labels) => self.matches(labels),
            None => self.matches(&BTreeMap::new()),
        }
    }

    /// Whether it restricts nothing.
    pub fn is_empty(&self) -> bool {
        !self.nothing && self.requirements.is_empty()
    }

    /// Whether it can match something. Models the second answer of Selector.Requirements.
    pub fn is_selectable(&self) -> bool {
        !self.nothing
    }

    /// The requirements in order of their keys.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }
}

impl fmt::Display for Selector {
    /// The canonical string.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, requirement) in self.requirements.iter().enumerate() {
            if index > 0 {
                out.write_str(",")?;
            }
            requirement.fmt(out)?;
        }
        Ok(())
    }
}
