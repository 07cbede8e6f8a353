//! `podground serve` for tests: started on a free port of loopback, asked over plain HTTP, ended when dropped.
#![allow(dead_code, reason = "each test uses its part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// A server.
pub struct Server {
    child: Child,
    /// `127.0.0.1:PORT`
    pub addr: String,
}

impl Server {
    /// Starts one and waits until it listens.
    pub fn start(flags: &[&str]) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_podground"));
        command.args(["serve", "--addr", "127.0.0.1:0"]).args(flags).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("podground serve");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let first = lines.next().expect("a line").expect("text");
        let addr = first.rsplit_once("http://").expect("an address").1.to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Server { child, addr }
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A request; the status code and the body.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        self.ask_with(method, path, &[("Content-Type", "application/json")], body)
    }

    /// The same with header lines.
    pub fn ask_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let mut socket = TcpStream::connect(&self.addr).expect("the server listens");
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}", self.addr);
        socket.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).expect("sent");
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).expect("an answer");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        (head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0), body.to_owned())
    }

    /// Sets the pace: a number, or `"on-demand"` with its quotes.
    pub fn set_speed(&self, speed: &str) {
        let (code, body) = self.ask("POST", "/podground/time", &format!("{{\"speed\":{speed}}}"));
        assert_eq!(code, 200, "{body}");
    }

    /// Lets virtual time pass.
    pub fn advance(&self, milliseconds: u64) {
        let (code, body) = self.ask("POST", "/podground/time", &format!("{{\"advance\":\"{milliseconds}ms\"}}"));
        assert_eq!(code, 200, "{body}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
