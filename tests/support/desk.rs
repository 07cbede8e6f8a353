//! A learner at a workstation beside a fresh cluster: types lines and reads what comes back.

use podground::cluster::Topology;
use podground::session::Player;
use podground::session::play::Workstation;

/// The learner's desk.
pub struct Desk(Player);

impl Desk {
    /// A desk beside a cluster of a built-in topology.
    pub fn new(topology: &str) -> Desk {
        Desk::with(&Topology::built_in(topology).expect("a built-in topology"))
    }

    /// A desk beside a cluster.
    pub fn with(topology: &Topology) -> Desk {
        Desk(Player::new(1, topology, None))
    }

    /// Writes a file in the home directory.
    #[allow(dead_code, reason = "not every test that shares this desk writes files")]
    pub fn write(&mut self, path: &str, text: &str) {
        self.0.write_file(path, text);
    }

    /// Types a line; gives stdout and then stderr.
    pub fn run(&mut self, line: &str) -> String {
        let ran = self.0.run(line);
        ran.stdout + &ran.stderr
    }
}
