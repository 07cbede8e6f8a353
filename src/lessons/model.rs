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
    /// Commands that prepare the cluster, before the learner sees it. The files of the folder `setup` are in `~/.setup`.
    #[serde(default)]
    pub setup: Vec<String>,
    /// Minutes for all of it. A lesson with a time is an exam: its steps may be done in any order, and are scored at its end.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub minutes: u32,
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
    /// Partial objects: how the cluster looks when the step is done, for the picture of the goal. Without it, what the checks
    /// assert.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goal: Vec<Value>,
    /// In how many commands it can be done, for those who like golf.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub par: u32,
    /// What it is worth in an exam; 1 unless given.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub points: u32,
    /// In an exam: the lesson that teaches it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lesson: String,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
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
    /// A prediction: it is asked before the learner does the step, may be wrong, and is told once the step's checks are met.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub predict: bool,
    /// The right answer, read from the cluster when it is given; without it the prose marks the right choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// Where a right answer stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// `pod/kubia`, in the namespace `default` unless written `namespace:pod/kubia`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub of: String,
    /// A JSON pointer into the object: `/spec/nodeName`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pointer: String,
    /// The choice that was printed last during the step, instead of a field of an object.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub printed: bool,
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
    /// A request went over the simulated network during the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestCheck>,
    /// One of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<Check>,
    /// All of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<Check>,
    /// The opposite of this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not: Option<Box<Check>>,
}

impl Check {
    /// This check and all that it is made of.
    pub fn parts(&self) -> Vec<&Check> {
        let inner = self.any.iter().chain(&self.all).chain(self.not.as_deref());
        std::iter::once(self).chain(inner.flat_map(Check::parts)).collect()
    }

    /// Whether it speaks of what was done rather than of how things are.
    pub fn is_deed(&self) -> bool {
        self.parts().iter().any(|part| part.did.is_some() || part.output.is_some() || part.request.is_some())
    }
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<usize>,
    /// How many there must be at least.
    #[serde(default, rename = "atLeast", skip_serializing_if = "Option::is_none")]
    pub at_least: Option<usize>,
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
    /// `-o`: `wide`, `yaml`, `json*` for jsonpath too.
    #[serde(default)]
    pub output: String,
    /// The container of logs and exec.
    #[serde(default)]
    pub container: String,
    /// The API server refused it.
    #[serde(default)]
    pub failed: bool,
    /// To so many different objects, at least.
    #[serde(default, rename = "atLeast", skip_serializing_if = "Option::is_none")]
    pub at_least: Option<usize>,
}

/// What a program printed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub contains: String,
    /// A whole line, blanks around it apart; `*` stands for anything.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub line: String,
    /// A field of an object: the value that it has now was shown, in whatever form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Answer>,
}

/// A request over the simulated network. What is empty is not looked at; `*` stands for anything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestCheck {
    /// Who called: `workstation`, `node-1`, `default/kubia` for a pod.
    #[serde(default)]
    pub from: String,
    /// Who was called.
    #[serde(default)]
    pub to: String,
    /// On which port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// `GET /`.
    #[serde(default)]
    pub label: String,
    /// How it ended: `200`, `refused`, `timed out`, `unreachable`.
    #[serde(default)]
    pub outcome: String,
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
