//! `redis`: a server that keeps strings in memory, and its client.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;

use super::server::{self, flag_value};
use super::{Config, Image, Tag, base};
use crate::network::TcpStream;
use crate::process::{ProcessContext, Signal, Vfs, program};

pub struct Redis;

type Store = Rc<RefCell<BTreeMap<String, String>>>;

/// What one line of a client may hold.
const LIMIT_LINE_BYTES: usize = 1024 * 1024;

impl Image for Redis {
    fn name(&self) -> &'static str {
        "docker.io/library/redis"
    }
    fn tags(&self) -> &'static [Tag] {
        const {
            &[
                Tag::new("latest", 52_470_000),
                Tag::new("6", 40_100_000),
                Tag::new("7", 46_600_000),
                Tag::new("8", 52_470_000),
                Tag::new("alpine", 26_360_000),
                Tag::new("7-alpine", 17_500_000),
            ]
        }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["redis-server"]).env("REDIS_VERSION", "7.4.5").port(6379).working_dir("/data")
    }
    fn install(&self, tag: &str, vfs: &Vfs) {
        if tag.ends_with("alpine") {
            base::alpine(vfs, "3.22.0");
        } else {
            base::debian(vfs, "12.12", "bookworm");
        }
        let _ = vfs.create_dir_all("/data");
        base::install(vfs, "/usr/local/bin/redis-server", program(redis_server), 15_000_000);
        base::install(vfs, "/usr/local/bin/redis-cli", program(redis_cli), 6_000_000);
    }
}

async fn log(ctx: &ProcessContext, mark: char, what: &str) {
    let when = server::strftime(ctx, "%d %b %Y %H:%M:%S.%3f");
    ctx.print(&format!("{}:M {when} {mark} {what}\n", ctx.pid())).await;
}

async fn redis_server(ctx: ProcessContext) -> i32 {
    let port = flag_value(&ctx.args(), "--port").and_then(|port| port.parse().ok()).unwrap_or(6379);
    let pid = ctx.pid();
    let when = server::strftime(&ctx, "%d %b %Y %H:%M:%S.%3f");
    ctx.print(&format!("{pid}:C {when} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo\n{pid}:C {when} * Redis version=7.4.5, bits=64, commit=00000000, modified=0, pid={pid}, just started\n")).await;
    let Ok(listener) = server::listen(&ctx, port) else {
        log(&ctx, '#', &format!("Warning: Could not create server TCP listening socket *:{port}: bind: Address already in use")).await;
        log(&ctx, '#', &format!("Failed listening on port {port} (tcp), aborting.")).await;
        return 1;
    };
    log(&ctx, '*', &format!("Running mode=standalone, port={port}.")).await;
    log(&ctx, '*', "Server initialized").await;
    log(&ctx, '*', "Ready to accept connections tcp").await;
    let store = Store::default();
    let handler: server::ConnectionHandler = Rc::new(move |stream| Box::pin(converse(stream, store.clone())));
    let signal = server::serve(&ctx, &[listener], &[Signal::TERM, Signal::INT], handler).await;
    if signal.is_some() {
        log(&ctx, '#', "Received SIGTERM scheduling shutdown...").await;
        log(&ctx, '#', "Redis is now ready to exit, bye bye...").await;
    }
    0
}

/// Answers commands, inline or as arrays of bulk strings.
async fn converse(mut stream: TcpStream, store: Store) {
    let mut buffer: Vec<u8> = Vec::new();
    while let Some(bytes) = stream.read().await {
        buffer.extend(bytes);
        if buffer.len() > LIMIT_LINE_BYTES {
            return;
        }
        while let Some((words, used)) = command(&buffer) {
            buffer.drain(..used);
            if stream.write(reply(&words, &store).as_bytes()).is_err() {
                return;
            }
        }
    }
}

/// The first whole command of a buffer, and its length in bytes.
fn command(buffer: &[u8]) -> Option<(Vec<String>, usize)> {
    let text = String::from_utf8_lossy(buffer).into_owned();
    let (first, _) = text.split_once('\n')?;
    let Some(count) = first.trim().strip_prefix('*').and_then(|n| n.parse::<usize>().ok()) else {
        return Some((first.split_whitespace().map(str::to_owned).collect(), first.len() + 1));
    };
    let mut lines = text.split_inclusive('\n');
    let mut used = lines.next()?.len();
    let mut words = Vec::new();
    for _ in 0..count {
        used += lines.next().filter(|line| line.ends_with('\n'))?.len();
        let word = lines.next().filter(|line| line.ends_with('\n'))?;
        used += word.len();
        words.push(word.trim_end().to_owned());
    }
    Some((words, used))
}

fn reply(words: &[String], store: &Store) -> String {
    let bulk = |value: Option<&String>| value.map_or("$-1\r\n".to_owned(), |v| format!("${}\r\n{v}\r\n", v.len()));
    let name = words.first().map(|word| word.to_ascii_uppercase()).unwrap_or_default();
    match (name.as_str(), &words[1.min(words.len())..]) {
        ("", _) => String::new(),
        ("PING", []) => "+PONG\r\n".to_owned(),
        ("PING" | "ECHO", [text, ..]) => bulk(Some(text)),
        ("SET", [key, value, ..]) => {
            store.borrow_mut().insert(key.clone(), value.clone());
            "+OK\r\n".to_owned()
        }
        ("GET", [key]) => bulk(store.borrow().get(key)),
        ("DEL", keys) => format!(":{}\r\n", keys.iter().filter(|key| store.borrow_mut().remove(*key).is_some()).count()),
        ("EXISTS", keys) => format!(":{}\r\n", keys.iter().filter(|key| store.borrow().contains_key(*key)).count()),
        ("INCR", [key]) => {
            let value = store.borrow().get(key).map_or(Ok(0), |value| value.parse::<i64>());
            match value {
                Ok(value) => {
                    store.borrow_mut().insert(key.clone(), (value + 1).to_string());
                    format!(":{}\r\n", value + 1)
                }
                Err(_) => "-ERR value is not an integer or out of range\r\n".to_owned(),
            }
        }
        ("KEYS", [_]) => {
            let keys: Vec<String> = store.borrow().keys().map(|key| format!("${}\r\n{key}\r\n", key.len())).collect();
            format!("*{}\r\n{}", keys.len(), keys.concat())
        }
        ("SET" | "GET" | "INCR" | "KEYS" | "ECHO", _) => {
            format!("-ERR wrong number of arguments for '{}' command\r\n", name.to_ascii_lowercase())
        }
        _ => format!("-ERR unknown command '{}', with args beginning with: \r\n", words.first().map_or("", String::as_str)),
    }
}

async fn redis_cli(ctx: ProcessContext) -> i32 {
    let args = ctx.args();
    let host = flag_value(&args, "-h").unwrap_or_else(|| "127.0.0.1".to_owned());
    let port = flag_value(&args, "-p").and_then(|port| port.parse().ok()).unwrap_or(6379u16);
    let mut words = Vec::new();
    let mut rest = args.iter().skip(1);
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-h" | "-p" | "-n" | "-a" => {
                rest.next();
            }
            _ => words.push(arg.clone()),
        }
    }
    if words.is_empty() {
        ctx.eprint("redis-cli: an interactive session is not simulated in Podground; give it a command\n").await;
        return 1;
    }
    let address = ctx.net().resolve(&host).await.ok().and_then(|ips| ips.first().copied());
    let Some(ip) = address else {
        ctx.eprint(&format!("Could not connect to Redis at {host}:{port}: Name or service not known\n")).await;
        return 1;
    };
    let mut stream = match ctx.net().connect(SocketAddr::new(ip, port)).await {
        Ok(stream) => stream,
        Err(error) => {
            ctx.eprint(&format!("Could not connect to Redis at {host}:{port}: {error}\n")).await;
            return 1;
        }
    };
    stream.label(&words.join(" "));
    let parts: String = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())).collect();
    let sent = stream.write(format!("*{}\r\n{parts}", words.len()).as_bytes());
    let answer = if sent.is_ok() { stream.read().await } else { None };
    let Some(answer) = answer else { return 1 };
    stream.outcome("answered");
    ctx.print(&shown(&String::from_utf8_lossy(&answer))).await;
    0
}

/// An answer as redis-cli prints it where its output is no terminal.
fn shown(answer: &str) -> String {
    let text = match answer.chars().next() {
        Some('+' | ':' | '-') => answer[1..].trim_end().to_owned(),
        Some('$') => answer.split_once("\r\n").map_or("", |(_, rest)| rest).trim_end().to_owned(),
        Some('*') => answer.lines().skip(1).filter(|line| !line.starts_with('$')).collect::<Vec<_>>().join("\n"),
        _ => answer.trim_end().to_owned(),
    };
    format!("{text}\n")
}
