//! `lesson.yaml`: the structure of a lesson, without prose.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A lesson.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// Its name in URLs; the name of its folder.
    pub id: String,
    /// The cluster it plays on; empty for the classroom.
    #[serde(default)]
    pub topology: String,
    /// Commands that prepare the cluster, before the learner sees it.
    #[serde(default)]
    pub setup: Vec<String>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// A step: one thing to do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name: the `## id` sections of the prose carry it.
    pub id: String,
    /// What is broken (`network node-2`) or healed (`heal network node-2`) when the learner comes to the step, in the words of
    /// the command `fault`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// What must be so. All of it.
    #[serde(default)]
    pub check: Vec<Check>,
    /// Wrong turns that the prose answers.
    #[serde(default)]
    pub mistakes: Vec<Mistake>,
    /// Names of the hints, the gentlest first.
    #[serde(default)]
    pub hints: Vec<String>,
    /// Questions of the step.
    #[serde(default)]
    pub questions: Vec<Question>,
    /// Commands that do the step, one after the other.
    #[serde(default)]
    pub solution: Vec<String>,
}

/// A wrong turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mistake {
    /// How it is recognised.
    pub when: Check,
    /// Which section of the prose answers it.
    pub say: String,
    /// Commands that make it, to prove that it can be recognised.
    pub by: Vec<String>,
}

/// A question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its name in the prose.
    pub id: String,
    /// The right answer, read from the cluster when it is given; without it the prose marks the right choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// Where a right answer stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// `pod/kubia`, in the namespace `default` unless written `namespace:pod/kubia`.
    pub of: String,
    /// A JSON pointer into the object: `/spec/nodeName`.
    pub pointer: String,
}

/// One thing that must be so. Exactly one of the fields is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Its name: the `:::check name` blocks of the prose carry it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// An object that matches this partial one exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assert: Option<Value>,
    /// No object matches this partial one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<Value>,
    /// So many objects match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<Count>,
    /// The learner looked at something, or did something to it, during the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub did: Option<Did>,
    /// A program printed something during the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// A file of the home directory holds something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileCheck>,
    /// One of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<Check>,
}

/// How many objects there are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// Their kind.
    pub kind: String,
    /// Their namespace; empty for `default`, `*` for all.
    #[serde(default)]
    pub namespace: String,
    /// Their labels.
    #[serde(default)]
    pub selector: String,
    /// How many there must be.
    pub equals: usize,
}

/// What the learner did, from requests that the API server answered (never from typed text).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Did {
    /// The kubectl command (`get`, `describe`, `logs`, `exec`, …), or the request's own verb.
    pub verb: String,
    /// The plural resource: `pods`.
    #[serde(default)]
    pub resource: String,
    /// The object's name.
    #[serde(default)]
    pub name: String,
    /// Its namespace; empty for any.
    #[serde(default)]
    pub namespace: String,
    /// `-o`: `wide`, `yaml`, `json`.
    #[serde(default)]
    pub output: String,
    /// The container of logs and exec.
    #[serde(default)]
    pub container: String,
}

/// What a program printed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The text.
    pub contains: String,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileCheck {
    /// Its path below the home directory.
    pub path: String,
    /// A text that it holds.
    #[serde(default)]
    pub contains: String,
}
