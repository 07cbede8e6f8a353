//! Serves dist/ as a static web host would.
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::thread;

use crate::Failure;
use crate::command::{command, no_more, root, take_flag, take_value};
use crate::{page, setup};

const DEFAULT_PORT: u16 = 8080;
/// Ports tried after a taken one.
const MORE_PORTS: u16 = 20;
/// Longest request line or header that is read, in bytes.
const LINE_LIMIT: u64 = 16 * 1024;
const HEADER_LIMIT: usize = 100;

/// `cargo xtask serve`.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let mut arguments = arguments.to_vec();
    let dev = take_flag(&mut arguments, "--dev");
    let no_build = take_flag(&mut arguments, "--no-build");
    let open = take_flag(&mut arguments, "--open");
    let base = take_value(&mut arguments, "--base")?.unwrap_or_else(|| "/".to_owned());
    let port = match take_value(&mut arguments, "--port")? {
        Some(text) => text.parse().map_err(|_| format!("--port {text:?} is not a port number"))?,
        None => DEFAULT_PORT,
    };
    no_more(&arguments)?;
    if dev {
        setup::page()?;
        return page::watch(port);
    }
    if !no_build {
        setup::page()?;
        page::build(false)?;
    }
    let server = Server::bind(port, &base)?;
    let url = server.url();
    println!("\nPodground is at {url}   (Ctrl-C stops it)");
    if open {
        open_in_browser(&url);
    }
    server.run()
}

fn open_in_browser(url: &str) {
    let opener = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    if command(opener).arg(url).spawn().is_err() {
        println!("({opener} cannot be run; open the address yourself)");
    }
}

/// A static web server on the loopback interface.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    /// The path under which the page lies: starts and ends with `/`.
    base: String,
    folder: PathBuf,
}

impl Server {
    /// Listens on `port`, or on one of the next if it is taken; 0 is any free one.
    pub fn bind(port: u16, base: &str) -> Result<Server, Failure> {
        let folder = root().join("dist");
        if !folder.join("index.html").is_file() {
            return Err("dist/ has no page yet; build it with `cargo xtask build`".to_owned());
        }
        let listener = listen(port)?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let base = format!("/{}/", base.trim_matches('/')).replace("//", "/");
        Ok(Server { listener, address, base, folder })
    }

    /// Where the page is.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.base)
    }

    /// Answers requests until the program ends.
    pub fn run(self) -> Result<(), Failure> {
        for stream in self.listener.incoming().flatten() {
            let (base, folder) = (self.base.clone(), self.folder.clone());
            // A client that goes away mid-answer is no concern of ours.
            thread::spawn(move || drop(converse(stream, &base, &folder)));
        }
        Ok(())
    }
}

fn listen(port: u16) -> Result<TcpListener, Failure> {
    let last = if port == 0 { 0 } else { port.saturating_add(MORE_PORTS) };
    for candidate in port..=last {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, candidate)) {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            Err(error) => return Err(format!("port {candidate}: {error}")),
        }
    }
    Err(format!("the ports {port} to {last} are all taken; name another with --port"))
}

/// Answers the requests of one connection.
fn converse(stream: TcpStream, base: &str, folder: &Path) -> std::io::Result<()> {
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    while let Some(line) = read_line(&mut reader)? {
        for _ in 0..HEADER_LIMIT {
            if read_line(&mut reader)?.is_none_or(|header| header.is_empty()) {
                break;
            }
        }
        let mut words = line.split(' ');
        let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let answer = answer(method, target, base, folder);
        let head = format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\n{}\r\n",
            answer.status,
            answer.media_type,
            answer.body.len(),
            answer.location.map(|to| format!("Location: {to}\r\n")).unwrap_or_default(),
        );
        writer.write_all(head.as_bytes())?;
        if method != "HEAD" {
            writer.write_all(&answer.body)?;
        }
        writer.flush()?;
    }
    Ok(())
}

fn read_line(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    reader.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut line)?;
    if line.last() != Some(&b'\n') {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()))
}

struct Answer {
    status: &'static str,
    media_type: &'static str,
    location: Option<String>,
    body: Vec<u8>,
}

fn plain(status: &'static str) -> Answer {
    Answer { status, media_type: "text/plain", location: None, body: format!("{status}\n").into_bytes() }
}

fn answer(method: &str, target: &str, base: &str, folder: &Path) -> Answer {
    if method != "GET" && method != "HEAD" {
        return plain("405 Method Not Allowed");
    }
    let path = decode(target.split(['?', '#']).next().unwrap_or(""));
    let Some(inside) = path.strip_prefix(base) else {
        // As a static host does: the folder without its slash, and here the root too, lead to the page.
        if path == "/" || format!("{path}/") == base {
            return Answer { location: Some(base.to_owned()), ..plain("302 Found") };
        }
        return plain("404 Not Found");
    };
    let name = if inside.is_empty() { "index.html" } else { inside };
    if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
        return plain("404 Not Found");
    }
    match fs::read(folder.join(name)) {
        Ok(body) => Answer { status: "200 OK", media_type: media_type(name), location: None, body },
        Err(_) => plain("404 Not Found"),
    }
}

/// Percent-decoding; what is not valid stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).filter(|_| byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(code.unwrap_or(byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "txt" | "md" | "yaml" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(target: &str) -> &'static str {
        answer("GET", target, "/some/where/", &root().join("web")).status
    }

    #[test]
    fn serves_only_what_is_inside() {
        assert_eq!(status("/some/where/package.json?x=1"), "200 OK");
        assert_eq!(status("/some/where/%70ackage.json"), "200 OK");
        assert_eq!(status("/some/where"), "302 Found");
        assert_eq!(status("/"), "302 Found");
        assert_eq!(status("/package.json"), "404 Not Found");
        assert_eq!(status("/some/where/nothing"), "404 Not Found");
        assert_eq!(status("/some/where/../Cargo.toml"), "404 Not Found");
        assert_eq!(status("/some/where/%2e%2e/Cargo.toml"), "404 Not Found");
        assert_eq!(status("/some/where//etc/passwd"), "404 Not Found");
        assert_eq!(status("/some/where/%"), "404 Not Found");
        assert_eq!(answer("POST", "/some/where/", "/some/where/", &root().join("web")).status, "405 Method Not Allowed");
    }
}
