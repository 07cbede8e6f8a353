//! Plays transcripts: the commands are typed, the results written down anew.
use super::transcript::{Item, Kind, Outcome};

/// Longest that `@ wait` and `@ gone` wait, in milliseconds of virtual time.
const WAIT_LIMIT_MS: u64 = 300_000;
/// Between two tries of `@ wait` for an object that does not exist yet, in milliseconds of virtual time.
const RETRY_MS: u64 = 250;

/// Where a transcript is played: a fresh cluster, and one persistent shell on the workstation beside it.
pub trait Workstation {
    /// Puts a file into the working directory.
    fn write_file(&mut self, path: &str, content: &str);
    /// Types a command, of one line or several, at the shell's prompt; returns when it is done.
    fn run(&mut self, command: &str) -> Outcome;
    /// Runs a command in a shell of its own that leaves no trace in the persistent one.
    fn run_aside(&mut self, command: &str) -> Outcome;
    /// Lets virtual time pass.
    fn sleep(&mut self, milliseconds: u64);
}

/// The shell that a transcript's first line names; kubectl's transcripts name none.
pub fn shell_of(items: &[Item]) -> Option<&str> {
    items.iter().find_map(|item| match &item.kind {
        Kind::Directive(text) => text.strip_prefix("shell ").map(str::trim),
        _ => None,
    })
}

/// Plays a transcript and returns it with the results that it gave. `fresh` makes a workstation with the named shell
/// (none: bash, with kubectl's stdin empty) and its cluster.
pub fn play<W: Workstation>(items: &[Item], fresh: impl Fn(Option<&str>) -> W) -> Result<Vec<Item>, String> {
    let shell = shell_of(items);
    let mut workstation = fresh(shell);
    let mut played = Vec::with_capacity(items.len());
    for item in items {
        let kind = match &item.kind {
            Kind::File { path, lines } => {
                let content: String = lines.iter().map(|line| format!("{line}\n")).collect();
                workstation.write_file(path, &content);
                item.kind.clone()
            }
            Kind::Directive(text) if text == "reset" => {
                workstation = fresh(shell);
                item.kind.clone()
            }
            Kind::Directive(text) => {
                obey(&mut workstation, text).map_err(|what| format!("line {}: {what}", item.line))?;
                item.kind.clone()
            }
            Kind::Command { text, .. } => Kind::Command { text: text.clone(), result: workstation.run(text) },
            Kind::Blank | Kind::Comment(_) => item.kind.clone(),
        };
        played.push(Item { line: item.line, kind });
    }
    Ok(played)
}

fn obey(workstation: &mut impl Workstation, directive: &str) -> Result<(), String> {
    let (verb, rest) = directive.split_once(' ').unwrap_or((directive, ""));
    match verb {
        "wait" => {
            let command = format!("kubectl wait --timeout={}s {rest}", WAIT_LIMIT_MS / 1000);
            let mut waited = 0;
            // An object that is not there yet will be; any other failure shows in the commands that follow.
            while waited < WAIT_LIMIT_MS && is_missing(&workstation.run_aside(&command)) {
                workstation.sleep(RETRY_MS);
                waited += RETRY_MS;
            }
        }
        "gone" => {
            workstation.run_aside(&format!("kubectl wait --for=delete --timeout={}s {rest}", WAIT_LIMIT_MS / 1000));
        }
        "sleep" => workstation.sleep(milliseconds(rest.trim()).ok_or_else(|| format!("`@ sleep {rest}` is not a time"))?),
        "loose" | "any-node" | "shell" => {}
        _ => return Err(format!("unknown directive `@ {directive}`")),
    }
    Ok(())
}

fn is_missing(outcome: &Outcome) -> bool {
    outcome.status != 0 && (outcome.stderr.contains("(NotFound)") || outcome.stderr.contains("no matching resources found"))
}

/// `3s`, `500ms`, `2m`.
fn milliseconds(text: &str) -> Option<u64> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::super::transcript;
    use super::*;

    /// Answers each command with itself; an object is there at the third look.
    #[derive(Default)]
    struct Echo {
        log: std::rc::Rc<std::cell::RefCell<Vec<String>>>,
        looks: u32,
    }

    impl Workstation for Echo {
        fn write_file(&mut self, path: &str, content: &str) {
            self.log.borrow_mut().push(format!("file {path} {content:?}"));
        }
        fn run(&mut self, command: &str) -> Outcome {
            Outcome { stdout: format!("{command}\n"), ..Outcome::default() }
        }
        fn run_aside(&mut self, command: &str) -> Outcome {
            self.log.borrow_mut().push(command.to_owned());
            self.looks += 1;
            let stderr = "Error from server (NotFound): pods \"a\" not found\n".to_owned();
            if self.looks < 3 { Outcome { stderr, status: 1, ..Outcome::default() } } else { Outcome::default() }
        }
        fn sleep(&mut self, milliseconds: u64) {
            self.log.borrow_mut().push(format!("sleep {milliseconds}"));
        }
    }

    #[test]
    fn a_transcript_is_played() {
        let items = transcript::parse("@ file a\n+ x\n@ wait pod/a\n@ sleep 3s\n$ ls\n| old\n? 4\n@ reset\n").expect("good");
        let log = std::rc::Rc::default();
        let played = play(&items, |_| Echo { log: std::rc::Rc::clone(&log), looks: 0 }).expect("played");
        assert_eq!(transcript::write(&played), "@ file a\n+ x\n@ wait pod/a\n@ sleep 3s\n$ ls\n| ls\n@ reset\n");
        let wait = "kubectl wait --timeout=300s pod/a";
        assert_eq!(*log.borrow(), ["file a \"x\\n\"", wait, "sleep 250", wait, "sleep 250", wait, "sleep 3000"]);
    }

    #[test]
    fn an_unknown_directive_is_refused() {
        let items = transcript::parse("$ ls\n@ sleeep 3s\n").expect("good");
        assert_eq!(play(&items, |_| Echo::default()), Err("line 2: unknown directive `@ sleeep 3s`".to_owned()));
    }
}
