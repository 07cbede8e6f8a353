//! Other moments of the session: how it was, what came between, and the way back from the last command.
//!
//! A moment is a session of its own, made by replaying the recording up to it: whatever the page shows of the present it can
//! show of the past, and going on from there is a branch.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::playground::Session;
use super::recording::{Input, Recorded, Save};
use super::view::{Difference, Fate};
use crate::api::Kind;

/// The farthest that [`Session::skip_to_change`] goes.
const LONGEST_SKIP: Duration = Duration::from_secs(600);
/// Changed fields that are told of one object.
const LIMIT_FIELDS: usize = 40;
/// Fields that change with every write and tell nothing.
const NOISE: &[&str] = &["/metadata/resourceVersion", "/metadata/generation", "/metadata/managedFields"];
/// Kinds that change by themselves all the time, or only repeat what others say.
const RESTLESS: &[Kind] = &[Kind::Lease, Kind::Event];

impl Session {
    fn recording(&self) -> Result<Save, String> {
        serde_json::from_str(&self.save()).map_err(|error| error.to_string())
    }

    /// Another session of the same course.
    fn replay(&self, save: &Save) -> Result<Session, String> {
        Session::restore_with(&serde_json::to_string(save).map_err(|error| error.to_string())?, self.0.course.clone())
    }

    /// The session as it was at a time, counted as the views count it.
    pub fn at(&self, at_ms: u64) -> Result<Session, String> {
        let mut save = self.recording()?;
        let target = (self.0.start + Duration::from_millis(at_ms)).as_nanos();
        if target < save.at.0 {
            save.inputs.retain(|recorded| recorded.at.0 < target);
            // No more steps than the whole took: a program that never waits must not hold the clock.
            save.at.0 = target;
            self.forget_met(&mut save);
        }
        self.replay(&save)
    }

    /// The session as it was before the last command or fault, and that command. Files that were written since stay as they are.
    pub fn before_last_command(&self) -> Option<(Session, String)> {
        let mut save = self.recording().ok()?;
        let last = save.inputs.iter().rposition(|recorded| is_deed(&recorded.input))?;
        let first = start_of_line(&save.inputs, last);
        let undone = words(&save.inputs[first..=last]);
        let point = save.inputs.get(first)?.at;
        let later = save.inputs.split_off(first);
        let kept = later.into_iter().filter(|recorded| matches!(recorded.input, Input::Write(..) | Input::Remove(_) | Input::Resize(..)));
        save.inputs.extend(kept.map(|recorded| Recorded { at: point, ..recorded }));
        save.at = point;
        self.forget_met(&mut save);
        Some((self.replay(&save).ok()?, undone))
    }

    /// The session as it was when the lesson's step on the screen was turned to.
    pub fn at_step_start(&self) -> Result<Session, String> {
        let mut save = self.recording()?;
        let is_turn = |recorded: &Recorded| matches!(recorded.input, Input::Step(_));
        // The first step begins with the first input that is more than a window.
        let begins = |recorded: &Recorded| !matches!(recorded.input, Input::Open(..) | Input::Resize(..));
        let keep = match save.inputs.iter().rposition(is_turn) {
            Some(turn) => turn + 1,
            None => save.inputs.iter().position(begins).unwrap_or(save.inputs.len()),
        };
        if let Some(first) = save.inputs.get(keep) {
            save.at = first.at;
        }
        save.inputs.truncate(keep);
        self.forget_met(&mut save);
        self.replay(&save)
    }

    /// Checks of the step on the screen are looked at anew; those of the steps before stay met.
    fn forget_met(&self, save: &mut Save) {
        let index = self.0.lesson.borrow().as_ref().map_or(0, |lesson| lesson.index);
        save.met.truncate(index);
    }

    /// Runs until a pod changes, ten minutes at most; whether one did.
    pub fn skip_to_change(&self) -> bool {
        let (deadline, seen) = (self.0.sim.now() + LONGEST_SKIP, self.0.score.changes());
        while self.0.sim.now() < deadline && self.0.score.changes() == seen {
            if !self.0.sim.step(usize::MAX) {
                break;
            }
        }
        self.after_running();
        self.0.score.changes() != seen
    }

    /// Every object, by kind, namespace and name.
    fn everything(&self) -> BTreeMap<(&'static str, String, String), Value> {
        let store = self.0.cluster.server().store();
        let kinds = Kind::ALL.iter().filter(|kind| !RESTLESS.contains(kind));
        let objects = kinds.flat_map(|kind| store.list(*kind, None).0.into_iter().map(|object| (kind.info().kind, object)));
        let named = objects.map(|(kind, object)| {
            let meta = object.meta();
            ((kind, meta.namespace.clone().unwrap_or_default(), meta.name.clone().unwrap_or_default()), object.to_json())
        });
        named.collect()
    }

    /// What became of the objects of this moment by a later one.
    pub fn compare(&self, later: &Session) -> Vec<Difference> {
        let (before, mut after) = (self.everything(), later.everything());
        let mut all = Vec::new();
        for (key, old) in before {
            match after.remove(&key) {
                None => all.push(difference(key, Fate::Gone, Vec::new())),
                Some(new) => {
                    let mut fields = Vec::new();
                    changed("", &old, &new, &mut fields);
                    fields.retain(|(path, ..)| !NOISE.iter().any(|noise| path.starts_with(noise)) && !path.contains("/lastHeartbeatTime"));
                    fields.truncate(LIMIT_FIELDS);
                    if !fields.is_empty() {
                        all.push(difference(key, Fate::Changed, fields));
                    }
                }
            }
        }
        all.extend(after.into_keys().map(|key| difference(key, Fate::New, Vec::new())));
        all.sort_by(|left, right| (&left.kind, &left.namespace, &left.name).cmp(&(&right.kind, &right.namespace, &right.name)));
        all
    }
}

fn difference(
    (kind, namespace, name): (&'static str, String, String),
    fate: Fate,
    fields: Vec<(String, Option<String>, Option<String>)>,
) -> Difference {
    Difference { kind: kind.to_owned(), namespace, name, fate, fields }
}

/// Leaves that differ, by JSON pointer, with both values.
fn changed(path: &str, old: &Value, new: &Value, found: &mut Vec<(String, Option<String>, Option<String>)>) {
    let shown = |value: &Value| Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    match (old, new) {
        (Value::Object(left), Value::Object(right)) => {
            for (key, value) in left {
                let path = format!("{path}/{key}");
                match right.get(key) {
                    Some(other) => changed(&path, value, other, found),
                    None => found.push((path, shown(value), None)),
                }
            }
            let added = right.iter().filter(|(key, _)| !left.contains_key(*key));
            found.extend(added.map(|(key, value)| (format!("{path}/{key}"), None, shown(value))));
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (value, other)) in left.iter().zip(right).enumerate() {
                changed(&format!("{path}/{index}"), value, other, found);
            }
        }
        _ if old != new => found.push((path.to_owned(), shown(old), shown(new))),
        _ => {}
    }
}

/// Whether an input is something that a learner would take back.
fn is_deed(input: &Input) -> bool {
    match input {
        Input::Keys(_, text) => text.contains(['\r', '\n']),
        Input::Fault(_) => true,
        _ => false,
    }
}

/// Where the typing of the line that ends at `last` began.
fn start_of_line(inputs: &[Recorded], last: usize) -> usize {
    let Some(Recorded { input: Input::Keys(terminal, _), .. }) = inputs.get(last) else { return last };
    let mut first = last;
    for (index, recorded) in inputs.iter().enumerate().take(last).rev() {
        match &recorded.input {
            Input::Keys(other, text) if other == terminal => {
                if text.contains(['\r', '\n']) {
                    break;
                }
                first = index;
            }
            other if is_deed(other) => break,
            _ => {}
        }
    }
    first
}

/// The line that was typed, near enough to recognise it.
fn words(inputs: &[Recorded]) -> String {
    let mut line = String::new();
    for recorded in inputs {
        match &recorded.input {
            Input::Keys(_, text) => {
                for letter in text.chars() {
                    match letter {
                        '\u{7f}' => drop(line.pop()),
                        '\u{15}' => line.clear(),
                        letter if !letter.is_control() => line.push(letter),
                        _ => {}
                    }
                }
            }
            Input::Fault(words) => line = format!("fault {words}"),
            _ => {}
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::super::view::{Options, TerminalId};
    use super::*;

    fn session() -> (Session, TerminalId) {
        let session = Session::new(Options { seed: 7, topology: "classroom".into(), lesson: None, unix_time_at_start: 1_700_000_000 });
        let terminal = session.open_terminal();
        session.advance(500, usize::MAX);
        (session, terminal)
    }

    fn pods(session: &Session) -> Vec<String> {
        let view = session.cluster_view();
        view.pods.iter().filter(|pod| pod.namespace == "default").map(|pod| pod.name.clone()).collect()
    }

    #[test]
    fn a_past_moment_is_shown_and_gone_on_from() {
        let (session, terminal) = session();
        session.type_command(terminal, "kubectl run one --image=nginx");
        session.advance(10_000, usize::MAX);
        let between = session.now_ms();
        session.type_command(terminal, "kubectl run two --image=nginx");
        session.advance(10_000, usize::MAX);
        assert_eq!(pods(&session), ["one", "two"]);
        let past = session.at(between).expect("replayed");
        assert_eq!((pods(&past), past.now_ms()), (vec!["one".to_owned()], between));
        past.type_command(terminal, "kubectl delete pod one --now");
        past.advance(10_000, usize::MAX);
        assert_eq!(pods(&past), [""; 0], "{}", String::from_utf8_lossy(&past.take_terminal_output(terminal)));
        assert_eq!(pods(&session).len(), 2);
    }

    #[test]
    fn the_last_command_is_undone_and_files_stay() {
        let (session, terminal) = session();
        session.type_command(terminal, "kubectl run one --image=nginx");
        session.advance(10_000, usize::MAX);
        for letter in "kubectl delete pod one --nox\u{7f}w\r".chars() {
            session.terminal_input(terminal, letter.to_string().as_bytes());
            session.advance(50, usize::MAX);
        }
        session.write_file("a.yaml", "kept: true\n");
        session.advance(10_000, usize::MAX);
        assert!(pods(&session).is_empty());
        let (back, undone) = session.before_last_command().expect("undone");
        assert_eq!(undone, "kubectl delete pod one --now");
        assert_eq!((pods(&back), back.read_file("a.yaml").as_deref()), (vec!["one".to_owned()], Some("kept: true\n")));
    }

    #[test]
    fn two_moments_are_compared() {
        let (session, terminal) = session();
        let before = session.at(session.now_ms()).expect("replayed");
        session.type_command(terminal, "kubectl run one --image=nginx");
        assert!(session.skip_to_change());
        session.advance(20_000, usize::MAX);
        let found = before.compare(&session);
        let new: Vec<&str> = found.iter().filter(|one| one.fate == Fate::New).map(|one| one.name.as_str()).collect();
        assert_eq!(new, ["one"]);
        let gone = session.compare(&before);
        assert_eq!(gone.iter().find(|one| one.name == "one").map(|one| one.fate), Some(Fate::Gone));
    }
}
