//! The real kubectl in a real bash, beside `podground serve`.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use podground::kubectl::default_config;
use podground::session::play::Workstation;
use podground::session::transcript::Outcome;

use super::bridge::Server;

/// The oldest minor version that is asked.
const OLDEST: u32 = 30;
/// Where our own workstation's learner lives.
const HOME: &str = "/home/learner";
/// After so long a command is thought to poll, which on-demand time does not see: then time goes by itself.
const PATIENCE: Duration = Duration::from_millis(2500);
/// After so long a command is given up.
const LIMIT: Duration = Duration::from_secs(60);

/// So often is looked for something that is not there.
const LIMIT_LOOKS: u32 = 40;

/// Types one command after the other, each with its own output files; says how each ended.
const DRIVER: &str = r#"
shopt -s expand_aliases
while IFS= read -r -d '' command; do
  eval "$command" </dev/null >"$SCRATCH/out" 2>"$SCRATCH/err"
  printf '%s\n' "$?"
done
"#;

/// The newest kubectl on PATH that is new enough: `kubectl`, or with its version behind a dot; and its minor version.
pub fn find() -> Option<(PathBuf, u32)> {
    let path = std::env::var_os("PATH")?;
    let named = std::env::var_os("PODGROUND_KUBECTL").map(PathBuf::from);
    let candidates = std::env::split_paths(&path).flat_map(|folder| {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name == "kubectl" || name.strip_prefix("kubectl.1.").is_some_and(|minor| minor.parse::<u32>().is_ok())
        })
    });
    let candidates: Vec<PathBuf> = named.map_or_else(|| candidates.collect(), |named| vec![named]);
    let versions = candidates.into_iter().filter_map(|path| minor(&path).map(|minor| (path, minor)));
    versions.filter(|(_, minor)| *minor >= OLDEST).max_by_key(|(_, minor)| *minor)
}

fn minor(kubectl: &Path) -> Option<u32> {
    let output = Command::new(kubectl).args(["version", "--client", "-o", "json"]).output().ok()?;
    let version: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    version.pointer("/clientVersion/minor")?.as_str()?.trim_end_matches('+').parse().ok()
}

/// A cluster that is served, and a shell beside it.
pub struct Real {
    server: Server,
    scratch: PathBuf,
    bash: Child,
    ends: Receiver<i32>,
    gone: bool,
    /// Looks in a row for something that is not there.
    looks: u32,
}

impl Real {
    pub fn new(kubectl: &Path, scratch: &Path) -> Real {
        let _ = std::fs::remove_dir_all(scratch);
        let (home, bin) = (scratch.join("home"), scratch.join("bin"));
        std::fs::create_dir_all(home.join(".kube")).expect("a scratch folder");
        std::fs::create_dir_all(&bin).expect("a scratch folder");
        std::os::unix::fs::symlink(kubectl, bin.join("kubectl")).expect("a link");
        // kubectl reckons ages by the clock on the wall: the cluster's must never be ahead of it.
        let start = jiff::Timestamp::from_second(wall_seconds() - 12 * 3600).expect("a time").to_string();
        let server = Server::start(&["--speed", "on-demand", "--topology", "reference", "--start", &start]);
        let mut config = default_config();
        // The certificate stays: over plain HTTP nobody looks at it.
        config["clusters"][0]["cluster"]["server"] = format!("http://{}", server.addr).into();
        let config = podground::kubectl::printers::yaml::to_yaml(&config);
        std::fs::write(home.join(".kube/config"), config).expect("a kubeconfig");
        let mut bash = command(scratch).args(["-c", DRIVER]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("bash");
        let mut output = bash.stdout.take().expect("its output");
        let (sender, ends) = channel();
        std::thread::spawn(move || {
            let (mut byte, mut line) = ([0], String::new());
            while output.read_exact(&mut byte).is_ok() {
                if byte == *b"\n" {
                    let _ = sender.send(std::mem::take(&mut line).parse().unwrap_or(-1));
                } else {
                    line.push(char::from(byte[0]));
                }
            }
        });
        Real { server, scratch: scratch.to_owned(), bash, ends, gone: false, looks: 0 }
    }

    fn outcome(&self, status: i32) -> Outcome {
        let driven = regex_lite::Regex::new(r"(?m)^bash: (eval: )?line \d+: ").expect("a pattern");
        let quoted = regex_lite::Regex::new(r"(?m)^bash: (eval: )?line \d+: `.*'\n").expect("a pattern");
        let read = |name: &str| {
            let text = std::fs::read(self.scratch.join(name)).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            let text = text.replace(&self.scratch.join("home").display().to_string(), HOME);
            // The driver's own place in bash's messages.
            let text = quoted.replace_all(&text, "");
            let text = driven.replace_all(&text, "bash: ");
            text.replace(&format!("http://{}", self.server.addr), "https://127.0.0.1:6443").replace(&self.server.addr, "127.0.0.1:6443")
        };
        Outcome { stdout: read("out"), stderr: read("err"), status }
    }
}

fn wall_seconds() -> i64 {
    #[allow(clippy::disallowed_types, reason = "the real kubectl reads it too")]
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs() as i64)
}

fn command(scratch: &Path) -> Command {
    let mut command = Command::new("bash");
    let path = format!("{}:{}", scratch.join("bin").display(), std::env::var("PATH").unwrap_or_default());
    command.env_clear().env("PATH", path).env("HOME", scratch.join("home")).env("SCRATCH", scratch).env("LANG", "C.UTF-8");
    command.args(["--noprofile", "--norc"]).current_dir(scratch.join("home")).process_group(0);
    command
}

impl Workstation for Real {
    fn write_file(&mut self, path: &str, content: &str) {
        let path = self.scratch.join("home").join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder");
        }
        std::fs::write(path, content).expect("a file");
    }

    fn run(&mut self, command: &str) -> Outcome {
        self.looks = 0;
        if self.gone {
            return Outcome { status: 124, ..Outcome::default() };
        }
        // A limit that the client keeps by its own clock needs time that goes with it.
        let timed = command.contains("--timeout");
        if timed {
            let short = ["--timeout=1s", "--timeout=2s"].iter().any(|short| command.contains(short));
            self.server.set_speed(if short { "1" } else { "5" });
        }
        let input = self.bash.stdin.as_mut().expect("its input");
        if input.write_all(command.as_bytes()).and_then(|()| input.write_all(&[0])).is_err() {
            self.gone = true;
        }
        let mut polls = false;
        let status = match self.ends.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Timeout) => {
                if !timed {
                    polls = true;
                    self.server.set_speed("20");
                }
                self.ends.recv_timeout(LIMIT).ok()
            }
            status => status.ok(),
        };
        if timed || polls {
            self.server.set_speed("\"on-demand\"");
        }
        self.gone |= status.is_none();
        self.outcome(status.unwrap_or(124))
    }

    fn run_aside(&mut self, line: &str) -> Outcome {
        self.looks += 1;
        // A wait for something that is never made would take for ever.
        if self.looks > LIMIT_LOOKS {
            return Outcome::default();
        }
        let line = line.replace("--timeout=300s", "--timeout=15s");
        let output = command(&self.scratch).args(["-c", &line]).stdin(Stdio::null()).output().expect("bash");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Outcome { stdout: text(output.stdout), stderr: text(output.stderr), status: output.status.code().unwrap_or(-1) }
    }

    fn sleep(&mut self, milliseconds: u64) {
        self.server.advance(milliseconds);
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        // Its input's end ends the shell; what it left running goes with its process group.
        drop(self.bash.stdin.take());
        let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", self.bash.id())]).stderr(Stdio::null()).status();
        let _ = self.bash.wait();
        let _ = std::fs::remove_dir_all(&self.scratch);
    }
}
