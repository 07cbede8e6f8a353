//! Images that a topology, a lesson or a learner declares in YAML: files, a static HTTP answer, log lines, an end.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde::Deserialize;

use super::server;
use super::{Config, Image, Reference, Tag, base};
use crate::network::http::Response;
use crate::process::{ProcessContext, Signal, Vfs, program};
use crate::sim::{Either, select};

/// Where the program of a declared image is.
const PROGRAM: &str = "/app";
/// What a declared image weighs where it does not say so.
const SIZE_BYTES: u64 = 5_000_000;

/// A small image as it stands in YAML. See `docs/images.md`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "File")]
pub struct Declared {
    name: String,
    tags: Vec<Tag>,
    file: Rc<File>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct File {
    /// `greeter`, `example.com/team/greeter`.
    name: String,
    /// The tags; `latest` where none is given.
    #[serde(default)]
    tags: Vec<String>,
    /// What is pulled, in bytes.
    #[serde(default)]
    size_bytes: Option<u64>,
    /// `scratch`, `busybox`, `alpine`, `debian`, `ubuntu`.
    #[serde(default)]
    base: Option<String>,
    #[serde(default)]
    entrypoint: Vec<String>,
    #[serde(default)]
    cmd: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    ports: Vec<u16>,
    #[serde(default)]
    user: u32,
    #[serde(default)]
    working_dir: String,
    /// Files by path.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// What the image's own program does; it has none where nothing is said.
    #[serde(default)]
    run: Run,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Run {
    http: Option<Http>,
    log: Option<Log>,
    crash: Option<Crash>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Http {
    port: u16,
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    body: String,
    /// Other answers, by path.
    #[serde(default)]
    paths: BTreeMap<String, String>,
}

fn ok() -> u16 {
    200
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Log {
    lines: Vec<String>,
    /// Seconds between two lines; 0 writes them at once, and once.
    #[serde(default)]
    every_seconds: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Crash {
    after_seconds: u64,
    #[serde(default = "failure")]
    exit_code: i32,
    #[serde(default)]
    message: String,
}

fn failure() -> i32 {
    1
}

impl TryFrom<File> for Declared {
    type Error = String;
    fn try_from(file: File) -> Result<Declared, String> {
        let reference = Reference::parse(&file.name).map_err(|why| format!("image {:?}: {why}", file.name))?;
        let size_bytes = file.size_bytes.unwrap_or(SIZE_BYTES);
        let names = if file.tags.is_empty() { vec!["latest".to_owned()] } else { file.tags.clone() };
        let tags = names.into_iter().map(|name| Tag { name: Cow::Owned(name), size_bytes }).collect();
        Ok(Declared { name: reference.name(), tags, file: Rc::new(file) })
    }
}

impl Declared {
    /// Reads one image from YAML.
    pub fn parse(text: &str) -> Result<Declared, String> {
        let image: Declared = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        image.check()?;
        Ok(image)
    }

    /// What serde cannot see: what is said must make sense together.
    pub fn check(&self) -> Result<(), String> {
        let File { name, base, run, files, entrypoint, cmd, .. } = &*self.file;
        let known = ["scratch", "busybox", "alpine", "debian", "ubuntu"];
        if let Some(base) = base.as_deref().filter(|base| !known.contains(base)) {
            return Err(format!("image {name:?}: unknown base {base:?}: it is one of {}", known.join(", ")));
        }
        if let Some(path) = files.keys().find(|path| !path.starts_with('/')) {
            return Err(format!("image {name:?}: the path {path:?} must begin with /"));
        }
        let runs = run.http.is_some() || run.log.is_some() || run.crash.is_some();
        if !runs && entrypoint.is_empty() && cmd.is_empty() {
            return Err(format!("image {name:?} has nothing to run: give it run, entrypoint or cmd"));
        }
        Ok(())
    }
}

impl Image for Declared {
    fn name(&self) -> &str {
        &self.name
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn config(&self, _tag: &str) -> Config {
        let file = &self.file;
        let own = file.entrypoint.is_empty() && file.cmd.is_empty();
        let mut config = Config::cmd(&[]);
        config.entrypoint = if own { vec![PROGRAM.into()] } else { file.entrypoint.clone() };
        config.cmd = file.cmd.clone();
        config.env.extend(file.env.clone());
        config.exposed_ports = file.ports.iter().copied().chain(file.run.http.iter().map(|http| http.port)).collect();
        config.user = (file.user, file.user);
        config.working_dir = file.working_dir.clone();
        config
    }
    fn install(&self, tag: &str, vfs: &Vfs) {
        match self.file.base.as_deref().unwrap_or("scratch") {
            "busybox" => base::busybox(vfs),
            "alpine" => base::alpine(vfs, "3.22.0"),
            "debian" => base::debian(vfs, "12.11", "bookworm"),
            "ubuntu" => base::ubuntu(vfs, "24.04", "noble"),
            _ => {}
        }
        for (path, text) in &self.file.files {
            base::file(vfs, path, text);
        }
        let (file, tag) = (self.file.clone(), tag.to_owned());
        base::install(vfs, PROGRAM, program(move |ctx| run(ctx, file.clone(), tag.clone())), 4_000_000);
    }
}

/// `$(HOSTNAME)`, `$(TAG)` and other variables of the environment in a text.
fn fill(ctx: &ProcessContext, tag: &str, text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("$(") {
        out.push_str(before);
        let Some((name, after)) = after.split_once(')') else {
            out.push_str("$(");
            rest = after;
            continue;
        };
        out.push_str(&match name {
            "TAG" => tag.to_owned(),
            "HOSTNAME" => ctx.hostname(),
            name => ctx.env(name).unwrap_or_default(),
        });
        rest = after;
    }
    out.push_str(rest);
    out
}

async fn run(ctx: ProcessContext, file: Rc<File>, tag: String) -> i32 {
    let work = Box::pin(work(ctx.clone(), file.clone(), tag.clone()));
    let Some(crash) = &file.run.crash else { return work.await };
    match select(work, Box::pin(ctx.sleep(Duration::from_secs(crash.after_seconds)))).await {
        Either::Left((code, _)) => code,
        Either::Right(_) => {
            if !crash.message.is_empty() {
                ctx.eprint(&format!("{}\n", fill(&ctx, &tag, &crash.message))).await;
            }
            crash.exit_code
        }
    }
}

/// Serves and logs; ends when both are done, or on SIGTERM.
async fn work(ctx: ProcessContext, file: Rc<File>, tag: String) -> i32 {
    let log = async {
        let Some(log) = &file.run.log else { return };
        loop {
            for line in &log.lines {
                ctx.print(&format!("{}\n", fill(&ctx, &tag, line))).await;
                ctx.sleep(Duration::from_secs(log.every_seconds)).await;
            }
            if log.every_seconds == 0 || log.lines.is_empty() {
                return;
            }
        }
    };
    let Some(http) = file.run.http.clone() else {
        log.await;
        if file.run.crash.is_some() {
            std::future::pending::<()>().await;
        }
        return 0;
    };
    let port = http.port;
    let Ok(listener) = server::listen(&ctx, port) else {
        ctx.eprint(&format!("listen tcp :{port}: bind: address already in use\n")).await;
        return 1;
    };
    let answered = tag.clone();
    let handler = server::http(&ctx, move |ctx, peer, request| {
        let (http, tag) = (http.clone(), answered.clone());
        async move {
            let path = request.path();
            ctx.print(&format!("{} {} {path} {}\n", server::strftime(&ctx, "%Y-%m-%dT%H:%M:%SZ"), peer.ip(), request.method)).await;
            let (status, body) = http.paths.get(path).map_or((http.status, &http.body), |body| (200, body));
            Response::new(status, "text/plain; charset=utf-8", fill(&ctx, &tag, body)).with("Date", server::http_date(&ctx))
        }
    });
    let listeners = [listener];
    let serve = server::serve(&ctx, &listeners, &[Signal::TERM], handler);
    futures_util::future::join(log, serve).await;
    0
}
