//! Plays command lines into one interactive shell without a screen: what transcripts and lesson proofs need.

use std::collections::BTreeMap;
use std::time::Duration;

use super::play;
use super::transcript::Outcome;
use super::workstation::Workstation;
use crate::cluster::{Cluster, Topology};
use crate::process::{File, channel_sink, null};
use crate::shell::{Dialect, Reply, driven};
use crate::sim::Sim;
use crate::sim::channel::{Receiver, Sender, unbounded};

/// The clock of a transcript's cluster, in seconds since 1970: 2026-11-21.
const START_UNIX_SECONDS: i64 = 1_795_219_200;
/// How long one command may take, in virtual time.
const LIMIT: Duration = Duration::from_secs(900);
/// How many executor steps one command may take.
const LIMIT_STEPS: usize = 20_000_000;

/// What a command printed and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// The exit status.
    pub status: i32,
}

/// A shell and who types into it.
pub struct Typist {
    sim: Sim,
    lines: Sender<String>,
    replies: Receiver<Reply>,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
}

impl Typist {
    /// A new shell on `station`. Its standard input is empty.
    pub fn new(sim: &Sim, station: &Workstation, dialect: Dialect) -> Option<Typist> {
        let (lines, line_receiver) = unbounded();
        let (reply_sender, replies) = unbounded();
        let (stdout_sender, stdout) = unbounded();
        let (stderr_sender, stderr) = unbounded();
        let fds: BTreeMap<i32, File> = BTreeMap::from([(0, null()), (1, channel_sink(stdout_sender)), (2, channel_sink(stderr_sender))]);
        station.run("typist", driven(dialect, line_receiver, reply_sender), fds).ok()?;
        Some(Typist { sim: sim.clone(), lines, replies, stdout, stderr })
    }

    /// Types `lines` one after the other and waits for the command's end. `Err` says what was printed by a command
    /// that did not end in time.
    pub fn run(&mut self, text: &str) -> Result<Ran, Ran> {
        let deadline = self.sim.now() + LIMIT;
        let mut last = None;
        for line in text.split('\n') {
            let _ = self.lines.send(line.to_owned());
            match self.await_reply(deadline) {
                Some(reply) => last = Some(reply),
                None => return Err(self.ran(124)),
            }
        }
        match last {
            Some(Reply::Ran(status) | Reply::Exited(status)) => Ok(self.ran(status)),
            _ => Ok(self.ran(0)),
        }
    }

    fn await_reply(&mut self, deadline: crate::sim::Time) -> Option<Reply> {
        let mut steps = 0;
        loop {
            if let Some(reply) = self.replies.try_recv() {
                return Some(reply);
            }
            if self.sim.now() >= deadline || steps > LIMIT_STEPS {
                return None;
            }
            // A step at a time, so that time does not run on past the command's end.
            if !self.sim.step(1) {
                return self.replies.try_recv();
            }
            steps += 1;
        }
    }

    fn ran(&mut self, status: i32) -> Ran {
        let drain = |receiver: &mut Receiver<Vec<u8>>| {
            let mut all = Vec::new();
            while let Some(bytes) = receiver.try_recv() {
                all.extend(bytes);
            }
            all
        };
        Ran { stdout: drain(&mut self.stdout), stderr: drain(&mut self.stderr), status }
    }

    /// Lets time pass.
    pub fn pass(&mut self, duration: Duration) {
        self.sim.run_until(self.sim.now() + duration, LIMIT_STEPS);
    }
}

/// A workstation beside a fresh cluster, for transcripts.
pub struct Player {
    cluster: Cluster,
    station: Workstation,
    typist: Option<Typist>,
}

impl Player {
    /// A fresh cluster and a shell: `bash` (also where none is named), `dash` or `sh`.
    pub fn new(seed: u64, topology: &Topology, shell: Option<&str>) -> Player {
        let sim = Sim::new(seed, START_UNIX_SECONDS);
        let cluster = Cluster::start(&sim, topology);
        // busybox's `sh` is at home in a container, the others at the workstation.
        let station = match shell {
            Some("sh") => Workstation::container(&cluster),
            Some(_) => Workstation::plain(&cluster),
            None => Workstation::new(&cluster),
        };
        if shell != Some("sh") {
            station.boot();
        }
        let dialect = match shell {
            Some("dash") => Dialect::Dash,
            Some("sh") => Dialect::Ash,
            _ => Dialect::Bash,
        };
        let typist = Typist::new(&sim, &station, dialect);
        Player { cluster, station, typist }
    }
}

fn outcome(ran: Result<Ran, Ran>) -> Outcome {
    let ran = ran.unwrap_or_else(|late| late);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Outcome { stdout: text(ran.stdout), stderr: text(ran.stderr), status: ran.status }
}

impl play::Workstation for Player {
    fn write_file(&mut self, path: &str, content: &str) {
        let _ = self.station.write_file(path, content);
    }

    fn run(&mut self, command: &str) -> Outcome {
        self.typist.as_mut().map(|typist| outcome(typist.run(command))).unwrap_or_default()
    }

    fn run_aside(&mut self, command: &str) -> Outcome {
        let aside = Typist::new(self.cluster.sim(), &self.station, Dialect::Bash);
        aside.map(|mut typist| outcome(typist.run(command))).unwrap_or_default()
    }

    fn sleep(&mut self, milliseconds: u64) {
        let sim = self.cluster.sim();
        sim.run_until(sim.now() + Duration::from_millis(milliseconds), LIMIT_STEPS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_typist_can_follow_another() {
        let sim = Sim::new(1, START_UNIX_SECONDS);
        let cluster = Cluster::start(&sim, &Topology::built_in("single").expect("built in"));
        let station = Workstation::new(&cluster);
        station.boot();
        for _ in 0..2 {
            let mut typist = Typist::new(&sim, &station, Dialect::Bash).expect("a shell");
            assert_eq!(typist.run("echo hello").map(|ran| ran.stdout), Ok(b"hello\n".to_vec()));
        }
    }
}
