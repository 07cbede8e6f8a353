//! `podground serve` for the tests of client libraries.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A server, ended when it is dropped.
pub struct Server {
    child: Child,
    /// `http://127.0.0.1:PORT`
    pub url: String,
}

/// The command line of this build: beside the test's folder, made if need be.
fn podground() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo).args(["build", "--quiet", "--locked", "--package", "podground", "--bin", "podground"]).status();
    assert!(built.is_ok_and(|status| status.success()), "podground does not build");
    let test = std::env::current_exe().expect("this test");
    let folder = test.parent().and_then(|deps| deps.parent()).expect("target/debug");
    folder.join(format!("podground{}", std::env::consts::EXE_SUFFIX))
}

impl Server {
    /// Starts one on a free port and waits until it listens.
    pub fn start(flags: &[&str]) -> Server {
        let mut command = Command::new(podground());
        command.args(["serve", "--addr", "127.0.0.1:0"]).args(flags).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("podground serve");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let first = lines.next().expect("a line").expect("text");
        let url = format!("http://{}", first.rsplit_once("http://").expect("an address").1);
        std::thread::spawn(move || lines.for_each(drop));
        Server { child, url }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
