//! Many clients at once against `podground serve`, on loopback: no error, bounded memory, and how long requests take.
#![cfg(unix)]
mod bridge;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use bridge::Server;

const CLIENTS: usize = 50;
const REQUESTS: usize = 1000;
const WATCHES: usize = 20;
/// What the server may take more than at its beginning, in KiB.
const LIMIT_GROWTH_KIB: u64 = 400 * 1024;

/// A connection that stays open.
struct Connection {
    reader: BufReader<TcpStream>,
    host: String,
}

impl Connection {
    fn open(server: &Server) -> Connection {
        let socket = TcpStream::connect(&server.addr).expect("the server listens");
        socket.set_nodelay(true).expect("set");
        socket.set_read_timeout(Some(Duration::from_secs(120))).expect("set");
        Connection { reader: BufReader::new(socket), host: server.addr.clone() }
    }

    fn send(&mut self, method: &str, path: &str, body: &str) {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n", self.host);
        let text = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        self.reader.get_mut().write_all(text.as_bytes()).expect("sent");
    }

    /// The status code; the body is read and dropped.
    fn receive(&mut self) -> u16 {
        let (mut line, mut code, mut length) = (String::new(), 0, 0);
        loop {
            line.clear();
            assert!(self.reader.read_line(&mut line).expect("an answer") > 0, "the connection ended");
            let lower = line.trim_end().to_ascii_lowercase();
            if let Some(rest) = lower.strip_prefix("http/1.1 ") {
                code = rest.split(' ').next().and_then(|code| code.parse().ok()).expect("a code");
            } else if let Some(rest) = lower.strip_prefix("content-length: ") {
                length = rest.parse().expect("a length");
            } else if lower.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body).expect("a body");
        code
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> u16 {
        self.send(method, path, body);
        self.receive()
    }
}

fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// A client's work: it makes config maps, reads, lists, changes and deletes them. How long each request took.
fn work(server: &Server, client: usize) -> Vec<Duration> {
    let mut connection = Connection::open(server);
    let path = "/api/v1/namespaces/default/configmaps";
    let mut took = Vec::with_capacity(REQUESTS);
    for request in 0..REQUESTS {
        let name = format!("client-{client}-{}", request / 5);
        let one = format!("{path}/{name}");
        let body = format!(r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}"}},"data":{{"n":"{request}"}}}}"#);
        let (method, path, body, wanted) = match request % 5 {
            0 => ("POST", path.to_owned(), body, 201),
            1 => ("GET", one, String::new(), 200),
            2 => ("PUT", one, body, 200),
            3 => ("GET", format!("{path}?limit=5"), String::new(), 200),
            _ => ("DELETE", one, String::new(), 200),
        };
        #[allow(clippy::disallowed_types, reason = "what is measured is wall time")]
        let start = std::time::Instant::now();
        let code = connection.ask(method, &path, &body);
        took.push(start.elapsed());
        assert_eq!(code, wanted, "{method} {path}");
    }
    took
}

#[test]
fn many_clients_are_served_and_a_stalled_one_costs_little() {
    let server = Server::start(&[]);
    let before = resident_kib(server.pid());
    let watch = "/api/v1/configmaps?watch=true";
    // One asks for a watch, and never reads it.
    let mut stalled = Connection::open(&server);
    stalled.send("GET", watch, "");
    let watches: Vec<_> = (0..WATCHES)
        .map(|_| {
            let mut connection = Connection::open(&server);
            connection.send("GET", watch, "");
            thread::spawn(move || {
                let mut buffer = vec![0; 64 * 1024];
                let mut seen = 0;
                while let Ok(n @ 1..) = connection.reader.read(&mut buffer) {
                    seen += n;
                }
                seen
            })
        })
        .collect();
    let mut took: Vec<Duration> = thread::scope(|scope| {
        let server = &server;
        let workers: Vec<_> = (0..CLIENTS).map(|client| scope.spawn(move || work(server, client))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no error")).collect()
    });
    let grown = resident_kib(server.pid()).saturating_sub(before);
    took.sort();
    let at = |share: usize| took.get(took.len() * share / 1000).copied().unwrap_or_default();
    let line = format!(
        "bridge: {} requests of {CLIENTS} clients with {WATCHES} watches and a stalled one: p50 {:?}, p99 {:?}, {} MiB more\n",
        took.len(),
        at(500),
        at(990),
        grown / 1024
    );
    // Past the test harness, which keeps what passing tests print to itself.
    let _ = std::io::stderr().write_all(line.as_bytes());
    assert_eq!(took.len(), CLIENTS * REQUESTS);
    assert!(grown < LIMIT_GROWTH_KIB, "{grown} KiB more");
    let (code, body) = server.ask("GET", "/version", "");
    assert_eq!(code, 200, "{body}");
    drop(server);
    for watch in watches {
        assert!(watch.join().expect("a watch") > 1_000_000, "a watch saw too little");
    }
}
