//! wget, as busybox has it (GNU's writes more about what it does).

use std::net::SocketAddr;
use std::time::Duration;

use super::super::tool::Tool;
use super::url::{BadUrl, Url};
use super::{owner, resolve};
use crate::network::http::{Connection, Request, Response};

pub(in super::super) async fn run(t: Tool) -> i32 {
    let long = [
        ("spider", '1'),
        ("header", '2'),
        ("post-data", '3'),
        ("no-check-certificate", '4'),
        ("quiet", 'q'),
        ("timeout", 'T'),
        ("output-document", 'O'),
    ];
    let options = match t.options("!coY!cqSO:o:P:U:T:Y:", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return t.misuse(if t.busybox() { "" } else { "missing URL" }, 1).await;
    }
    let quiet = options.has('q');
    for address in &options.operands {
        let spider = options.has('1');
        let seconds = options.value('T').and_then(|s| s.parse().ok()).unwrap_or(900);
        let got = t.ctx.sim().timeout(Duration::from_secs(seconds), get(&t, address, quiet, &options)).await;
        let (url, response) = match got {
            Ok(Ok(got)) => got,
            Ok(Err(message)) => {
                t.complain(&message).await;
                return 1;
            }
            Err(_) => {
                t.complain("download timed out").await;
                return 1;
            }
        };
        if options.has('S') {
            let head: String =
                response.head_text().lines().filter(|l| !l.trim().is_empty()).map(|l| format!("  {}\n", l.trim_end())).collect();
            t.ctx.eprint(&head).await;
        }
        if response.status >= 400 {
            t.complain(&format!("server returned error: HTTP/1.1 {} {}", response.status, response.reason)).await;
            return 1;
        }
        if spider {
            continue;
        }
        if let Err(status) = save(&t, &url, &response.body, options.value('O'), options.value('P'), quiet).await {
            return status;
        }
    }
    0
}

async fn get(t: &Tool, address: &str, quiet: bool, options: &super::super::options::Options) -> Result<(Url, Response), String> {
    let mut url = Url::parse(address).map_err(|bad| match bad {
        BadUrl::BadPort(port) => format!("bad port '{port}'"),
        BadUrl::NoHost => format!("bad address '{address}'"),
    })?;
    for _ in 0..5 {
        if url.scheme != "http" {
            return Err(format!("{}: not simulated in Podground", url.scheme));
        }
        let addresses = resolve(t, &url.host).await.map_err(|_| format!("bad address '{}'", url.host))?;
        let ip = addresses.first().copied().ok_or_else(|| format!("bad address '{}'", url.host))?;
        if !quiet {
            t.ctx.eprint(&format!("Connecting to {} ({ip}:{})\n", url.host_header(), url.port())).await;
        }
        let stream = t.ctx.net().connect_as(SocketAddr::new(ip, url.port()), &owner(t)).await;
        let stream = stream.map_err(|error| format!("can't connect to remote host ({ip}): {}", error.strerror()))?;
        let mut connection = Connection::new(stream);
        let method = if options.has('3') { "POST" } else { "GET" };
        let mut request = Request::new(method, &url.target, &url.host_header());
        request.headers.retain(|(name, _)| name.eq_ignore_ascii_case("host"));
        request.headers.push(("User-Agent".into(), options.value('U').unwrap_or("Wget").to_owned()));
        request.headers.push(("Connection".into(), "close".into()));
        for header in options.values('2') {
            let (name, value) = header.split_once(':').unwrap_or((header, ""));
            request.headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
        if let Some(data) = options.value('3') {
            request.headers.push(("Content-Length".into(), data.len().to_string()));
            request.body = data.as_bytes().to_vec();
        }
        connection.stream().label(&format!("{method} {}", url.target));
        connection.send(&request.to_bytes()).await.map_err(|error| format!("error getting response: {}", error.strerror()))?;
        let response = connection.read_response(false).await.map_err(|_| "error getting response".to_owned())?;
        connection.stream().outcome(&response.status.to_string());
        match response.header("Location").map(str::to_owned) {
            Some(location) if (300..400).contains(&response.status) => {
                url = url.join(&location).map_err(|_| format!("bad address '{location}'"))?;
            }
            _ => return Ok((url, response)),
        }
    }
    Err("too many redirections".into())
}

async fn save(t: &Tool, url: &Url, body: &[u8], output: Option<&str>, folder: Option<&str>, quiet: bool) -> Result<(), i32> {
    if output == Some("-") {
        t.out(body).await;
        return Ok(());
    }
    let path = url.target.split('?').next().unwrap_or_default();
    let last = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("index.html");
    let name = match (output, folder) {
        (Some(name), _) => name.to_owned(),
        (None, Some(folder)) => format!("{folder}/{last}"),
        (None, None) => last.to_owned(),
    };
    if output.is_none() && t.meta(&name, false).is_ok() {
        t.complain(&format!("can't open '{name}': File exists")).await;
        return Err(1);
    }
    match t.create(&name, false) {
        Ok(file) => {
            if !quiet {
                t.ctx.eprint(&format!("saving to '{name}'\n'{name}' saved\n")).await;
            }
            let fd = t.ctx.add_file(file).map_err(|_| 1)?;
            let written = t.ctx.write(fd, body).await;
            let _ = t.ctx.close(fd);
            written.map_err(|_| 1)
        }
        Err(errno) => {
            t.complain(&format!("can't open '{name}': {errno}")).await;
            Err(1)
        }
    }
}
