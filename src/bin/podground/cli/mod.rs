//! The commands, one per file, and what they share.

mod check;
mod new_lesson;
mod run;
mod schema;
mod shell;

use podground::cluster::Topology;

const USAGE: &str = "\
Podground: a small Kubernetes cluster for learning pods

Usage:
  podground shell                   a session in this terminal
  podground run FILE...             plays transcript files on a fresh cluster each, and prints them with results
  podground check [DIR]             proves the lessons in DIR (lessons), or the one lesson that DIR is
  podground new-lesson ID           makes a lesson that checks green
  podground schema                  prints the JSON Schema of lesson.yaml
  podground serve                   serves the cluster's API over HTTP, for kubectl and other clients (serve --help)

Flags:
  --seed N                          the seed of everything that is random (1)
  --topology NAME|FILE              the cluster: classroom, docker, gpu, reference, single, zones, or a file
";

/// What all commands take.
pub struct Common {
    /// The seed.
    pub seed: u64,
    /// The topology's name or text, where one was given.
    pub topology: Option<String>,
}

impl Common {
    /// The topology, or `fallback` where none was given.
    pub fn topology(&self, fallback: &str) -> Result<Topology, String> {
        let name = self.topology.as_deref().unwrap_or(fallback);
        if let Some(topology) = Topology::built_in(name) {
            return Ok(topology);
        }
        let text = std::fs::read_to_string(name).map_err(|error| format!("topology {name}: {error}"))?;
        Topology::parse(&text).map_err(|error| format!("topology {name}: {error}"))
    }
}

/// Runs the command line; the exit code. Bad input: one line on stderr, exit 2.
pub fn run() -> i32 {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(arguments) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("podground: {message}");
            2
        }
    }
}

fn dispatch(arguments: Vec<String>) -> Result<i32, String> {
    let mut common = Common { seed: 1, topology: None };
    let mut rest = Vec::new();
    let mut arguments = arguments.into_iter();
    let serves = |rest: &[String]| rest.first().is_some_and(|command| command == "serve");
    while let Some(argument) = arguments.next() {
        let (flag, mut value) = match argument.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (flag.to_owned(), Some(value.to_owned())),
            _ => (argument.clone(), None),
        };
        match flag.as_str() {
            "--seed" | "--topology" => {
                let value = value.take().or_else(|| arguments.next()).ok_or_else(|| format!("{flag} needs a value"))?;
                if flag == "--topology" {
                    common.topology = Some(value);
                } else {
                    common.seed = value.parse().map_err(|_| format!("--seed takes a whole number, not {value:?}"))?;
                }
            }
            _ if serves(&rest) => rest.push(argument),
            "-h" | "--help" => {
                print!("{USAGE}");
                return Ok(0);
            }
            flag if flag.starts_with('-') && flag != "-" => return Err(format!("unknown flag {flag}; see podground --help")),
            _ => rest.push(argument),
        }
    }
    let Some((command, operands)) = rest.split_first() else {
        print!("{USAGE}");
        return Ok(2);
    };
    match command.as_str() {
        "shell" => shell::run(&common, operands),
        "run" => run::run(&common, operands),
        "check" => check::run(&common, operands),
        "new-lesson" => new_lesson::run(operands),
        "schema" => schema::run(operands),
        "serve" => crate::serve::run(&common, operands),
        other => Err(format!("unknown command {other:?}; see podground --help")),
    }
}
