//! curl: HTTP over the simulated network. Messages of 7.88.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::super::base64;
use super::super::tool::Tool;
use super::curl_options::{Asked, parse};
use super::url::Url;
use super::{owner, resolve};
use crate::network::NetError;
use crate::network::http::{Connection, HttpError, Request, Response};
use crate::sim::Time;

const VERSION: &str = "7.88.1";
/// Redirects that are followed.
const LIMIT_REDIRECTS: usize = 50;
/// How long a connection is waited for where nothing is said.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(134);

/// Why a transfer failed: curl's exit code and sentence.
struct Failure(i32, String);

/// What a transfer gave.
struct Transfer {
    response: Response,
    address: IpAddr,
    url: Url,
    started: Time,
}

pub(in super::super) async fn run(t: Tool) -> i32 {
    let read = |path: &str| t.ctx.vfs().read_file(&t.ctx.resolve(path)).ok();
    let asked = match parse(t.args.get(1..).unwrap_or_default(), &read) {
        Ok(asked) => asked,
        Err(message) => {
            t.complain(&message).await;
            t.ctx.eprint("curl: try 'curl --help' or 'curl --manual' for more information\n").await;
            return 2;
        }
    };
    if asked.version {
        t.out(format!("curl {VERSION} (x86_64-pc-linux-gnu)\nProtocols: http\nFeatures: Podground\n")).await;
        return 0;
    }
    if asked.help {
        t.out(HELP).await;
        return 0;
    }
    if asked.urls.is_empty() {
        t.complain("no URL specified!").await;
        t.ctx.eprint("curl: try 'curl --help' or 'curl --manual' for more information\n").await;
        return 2;
    }
    let mut status = 0;
    for (index, url) in asked.urls.iter().enumerate() {
        status = match transfer(&t, &asked, url).await {
            Ok(done) => deliver(&t, &asked, index, done).await,
            Err(Failure(code, message)) => {
                if !asked.silent || asked.show_error {
                    t.ctx.eprint(&format!("curl: ({code}) {message}\n")).await;
                }
                if let Some(format) = &asked.write_out {
                    t.out(write_out(format, None, 0.0)).await;
                }
                code
            }
        };
    }
    status
}

const HELP: &str = "Usage: curl [options...] <url>
 -d, --data <data>          HTTP POST data
 -f, --fail                 Fail fast with no output on HTTP errors
 -h, --help <category>      Get help for commands
 -i, --include              Include protocol response headers in the output
 -I, --head                 Show document info only
 -o, --output <file>        Write to file instead of stdout
 -O, --remote-name          Write output to a file named as the remote file
 -s, --silent               Silent mode
 -u, --user <user:password> Server user and password
 -A, --user-agent <name>    Send User-Agent <name> to server
 -v, --verbose              Make the operation more talkative
 -V, --version              Show version number and quit
";

async fn transfer(t: &Tool, asked: &Asked, address: &str) -> Result<Transfer, Failure> {
    let limit = asked.max_time.map(Duration::from_secs_f64);
    let work = transfer_unlimited(t, asked, address);
    let Some(limit) = limit else { return work.await };
    match t.ctx.sim().timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err(Failure(28, format!("Operation timed out after {} milliseconds with 0 bytes received", limit.as_millis()))),
    }
}

async fn transfer_unlimited(t: &Tool, asked: &Asked, address: &str) -> Result<Transfer, Failure> {
    let malformed = |_| Failure(3, "URL using bad/illegal format or missing URL".into());
    let mut url = Url::parse(address).map_err(malformed)?;
    let started = t.ctx.now();
    for _ in 0..LIMIT_REDIRECTS {
        match url.scheme.as_str() {
            "http" => {}
            "https" => return Err(Failure(35, format!("TLS is not simulated in Podground: https://{}", url.host))),
            other => return Err(Failure(1, format!("Protocol \"{other}\" not supported or disabled in libcurl"))),
        }
        let (mut connection, ip) = connect(t, asked, &url).await?;
        let request = request_of(asked, &url);
        say(t, asked, "> ", &String::from_utf8_lossy(&head_of(&request))).await;
        connection.stream().label(&format!("{} {}", request.method, request.target));
        let reply = async {
            connection.send(&request.to_bytes()).await?;
            connection.read_response(request.method == "HEAD").await
        };
        let response = reply.await.map_err(reading_failed)?;
        connection.stream().outcome(&response.status.to_string());
        say(t, asked, "< ", &response.head_text()).await;
        let location = response.header("Location").map(str::to_owned);
        if asked.follow
            && (300..400).contains(&response.status)
            && let Some(location) = location
        {
            url = url.join(&location).map_err(malformed)?;
            continue;
        }
        return Ok(Transfer { response, address: ip, url, started });
    }
    Err(Failure(47, format!("Maximum ({LIMIT_REDIRECTS}) redirects followed")))
}

async fn connect(t: &Tool, asked: &Asked, url: &Url) -> Result<(Connection, IpAddr), Failure> {
    let addresses = resolve(t, &url.host).await.map_err(|_| Failure(6, format!("Could not resolve host: {}", url.host)))?;
    let begun = t.ctx.now();
    let limit = asked.connect_timeout.map_or(CONNECT_TIMEOUT, Duration::from_secs_f64);
    let mut failure = NetError::Refused;
    for ip in addresses {
        say(t, asked, "*   ", &format!("Trying {ip}:{}...\n", url.port())).await;
        let net = t.ctx.net();
        let owner = owner(t);
        match t.ctx.sim().timeout(limit, net.connect_as(SocketAddr::new(ip, url.port()), &owner)).await {
            Ok(Ok(stream)) => {
                say(t, asked, "* ", &format!("Connected to {} ({ip}) port {} (#0)\n", url.host, url.port())).await;
                return Ok((Connection::new(stream), ip));
            }
            Ok(Err(error)) => failure = error,
            Err(_) => failure = NetError::TimedOut,
        }
        say(t, asked, "* ", &format!("connect to {ip} port {} failed: {}\n", url.port(), failure.strerror())).await;
    }
    let waited = t.ctx.now().since(begun).as_millis();
    Err(match failure {
        NetError::TimedOut if asked.connect_timeout.is_some() => Failure(28, format!("Connection timed out after {waited} milliseconds")),
        NetError::TimedOut => {
            Failure(28, format!("Failed to connect to {} port {} after {waited} ms: Couldn't connect to server", url.host, url.port()))
        }
        _ => Failure(7, format!("Failed to connect to {} port {} after {waited} ms: Couldn't connect to server", url.host, url.port())),
    })
}

fn reading_failed(error: HttpError) -> Failure {
    match error {
        HttpError::Closed => Failure(52, "Empty reply from server".into()),
        HttpError::Net(NetError::Reset) => Failure(56, "Recv failure: Connection reset by peer".into()),
        HttpError::Net(error) => Failure(56, format!("Recv failure: {}", error.strerror())),
        HttpError::Malformed(_) => Failure(1, "Received HTTP/0.9 when not allowed".into()),
        HttpError::TooLarge => Failure(63, "Maximum file size exceeded".into()),
    }
}

fn request_of(asked: &Asked, url: &Url) -> Request {
    let method = match (&asked.method, asked.head, &asked.data) {
        (Some(method), ..) => method.clone(),
        (None, true, _) => "HEAD".into(),
        (None, false, Some(_)) if !asked.get => "POST".into(),
        _ => "GET".into(),
    };
    let mut target = url.target.clone();
    if let (true, Some(data)) = (asked.get, &asked.data) {
        let mark = if target.contains('?') { '&' } else { '?' };
        target = format!("{target}{mark}{}", String::from_utf8_lossy(data));
    }
    let mut request = Request::new(&method, &target, &url.host_header());
    request.headers.retain(|(name, _)| name.eq_ignore_ascii_case("host"));
    let agent = asked.agent.clone().unwrap_or_else(|| format!("curl/{VERSION}"));
    let mut add = |name: &str, value: String| request.headers.push((name.to_owned(), value));
    if let Some(user) = asked.user.clone().or_else(|| url.user.clone()) {
        add("Authorization", format!("Basic {}", base64::encode(user.as_bytes())));
    }
    add("User-Agent", agent);
    add("Accept", "*/*".into());
    if let Some(data) = asked.data.clone().filter(|_| !asked.get) {
        add("Content-Length", data.len().to_string());
        add("Content-Type", "application/x-www-form-urlencoded".into());
        request.body = data;
    }
    for header in &asked.headers {
        let (name, value) = header.split_once(':').unwrap_or((header, ""));
        let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
        request.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(&name));
        if !value.is_empty() {
            request.headers.push((name, value));
        }
    }
    request
}

fn head_of(request: &Request) -> Vec<u8> {
    let mut bytes = request.to_bytes();
    bytes.truncate(bytes.len().saturating_sub(request.body.len()));
    bytes
}

/// Verbose lines on stderr.
async fn say(t: &Tool, asked: &Asked, mark: &str, text: &str) {
    if asked.verbose {
        let lines: String = text.lines().map(|line| format!("{mark}{}\n", line.trim_end())).collect();
        t.ctx.eprint(&lines).await;
    }
}

async fn deliver(t: &Tool, asked: &Asked, index: usize, done: Transfer) -> i32 {
    let response = &done.response;
    let failed = asked.fail && response.status >= 400;
    if failed {
        if !asked.silent || asked.show_error {
            t.ctx.eprint(&format!("curl: (22) The requested URL returned error: {}\n", response.status)).await;
        }
    } else {
        let mut bytes = Vec::new();
        if asked.include || asked.head {
            bytes.extend(response.head_text().trim_end().replace('\r', "").replace('\n', "\r\n").as_bytes());
            bytes.extend(b"\r\n\r\n");
        }
        bytes.extend(&response.body);
        let named = asked.outputs.get(index).cloned();
        let remote = asked
            .remote_name
            .then(|| done.url.target.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned());
        let seconds = t.ctx.now().since(done.started).as_secs_f64();
        let to_terminal = named.is_none() && remote.is_none() && t.ctx.is_tty(1);
        if !asked.silent && !to_terminal {
            progress(t, response.body.len(), seconds).await;
        }
        match named.or(remote).filter(|name| name != "-") {
            Some(name) => match t.create(&name, false) {
                Ok(file) => {
                    let fd = t.ctx.add_file(file).unwrap_or(-1);
                    let _ = t.ctx.write(fd, &bytes).await;
                    let _ = t.ctx.close(fd);
                }
                Err(errno) => {
                    t.ctx
                        .eprint(&format!(
                            "Warning: Failed to open the file {name}: {errno}\ncurl: (23) Failure writing output to destination\n"
                        ))
                        .await;
                    return 23;
                }
            },
            None => drop(t.out(&bytes).await),
        }
    }
    if let Some(format) = &asked.write_out {
        let seconds = t.ctx.now().since(done.started).as_secs_f64();
        t.out(write_out(format, Some(&done), seconds)).await;
    }
    if failed { 22 } else { 0 }
}

/// The meter that curl shows on stderr when its output goes elsewhere.
async fn progress(t: &Tool, bytes: usize, seconds: f64) {
    let speed = (bytes as f64 / seconds.max(0.001)) as usize;
    let head = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n";
    let line = format!("\r100 {bytes:5}  100 {bytes:5}    0     0 {speed:6}      0 --:--:-- --:--:-- --:--:-- {speed:5}\n");
    t.ctx.eprint(&format!("{head}{line}")).await;
}

/// `-w`: `%{http_code}` and its like, `\n`.
fn write_out(format: &str, done: Option<&Transfer>, seconds: f64) -> String {
    let mut out = format.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r");
    let status = done.map_or(0, |done| done.response.status);
    let values = [
        ("http_code", format!("{status:03}")),
        ("response_code", format!("{status:03}")),
        ("size_download", done.map_or(0, |done| done.response.body.len()).to_string()),
        ("time_total", format!("{seconds:.6}")),
        ("remote_ip", done.map_or_else(String::new, |done| done.address.to_string())),
        ("remote_port", done.map_or(0, |done| done.url.port()).to_string()),
        ("content_type", done.and_then(|done| done.response.header("Content-Type")).unwrap_or_default().to_owned()),
    ];
    for (name, value) in values {
        out = out.replace(&format!("%{{{name}}}"), &value);
    }
    out
}
