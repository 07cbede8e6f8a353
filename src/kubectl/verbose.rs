//! `-v=6` and above: what is sent and answered, in klog's format. Models client-go/transport/round_trippers.go.

use super::command::Cmd;
use super::error::Fail;
use super::printers::gofmt::quote;
use super::printers::json;
use super::rest::{self, Call};
use crate::client::Response;

/// How much of a body is shown at a level.
fn limit(level: i64) -> usize {
    match level {
        ..=8 => 1024,
        9 => 10_240,
        _ => usize::MAX,
    }
}

/// A value as klog prints it: quoted, or on lines of its own.
fn shown(text: &str) -> String {
    if !text.contains('\n') {
        return quote(text);
    }
    let lines: String = text.lines().map(|line| format!("\t{line}\n")).collect();
    format!("<\n{lines} >")
}

fn headers(all: &[(String, String)]) -> String {
    let mut lines: Vec<String> = all.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    lines.sort();
    shown(&(lines.join("\n") + "\n"))
}

fn status_line(code: u16) -> String {
    match code {
        422 => "422 Unprocessable Entity".into(),
        code => format!("{code} {}", crate::network::http::reason_phrase(code)),
    }
}

/// What kubectl sends besides what the request says.
fn request_headers(call: &Call) -> Vec<(String, String)> {
    let mut all = call.headers.clone();
    if !all.iter().any(|(name, _)| name == "Accept") {
        all.push(("Accept".into(), "application/json".into()));
    }
    all.push(("User-Agent".into(), "kubectl/v1.36.2 (linux/amd64) kubernetes/ba5ba7c".into()));
    all
}

impl Cmd {
    pub(super) async fn klog(&self, level: char, place: &str, text: &str) {
        let now = self.client.sim().timestamp();
        let micros = now.subsec_microsecond();
        let time = now.to_string();
        let part = |from: usize, to: usize| time.get(from..to).unwrap_or("00").to_owned();
        let (month, day, clock) = (part(5, 7), part(8, 10), part(11, 19));
        self.eprint(&format!("{level}{month}{day} {clock}.{micros:06} {:7} {place}] {text}\n", self.ctx.pid())).await;
    }

    pub(super) fn url(&self, call: &Call) -> String {
        let mut query = call.query.clone();
        query.sort();
        let query: Vec<String> = query.iter().map(|(k, v)| format!("{}={}", rest::escape(k), rest::escape(v))).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        format!("{}{}{query}", self.server_url(), call.path)
    }

    /// Says which file the configuration came from.
    pub async fn log_config(&self) {
        if self.flags.int("v") >= 6 {
            self.klog('I', "loader.go:407", &format!("Config loaded from file:  {}", self.config.path)).await;
        }
    }

    /// Tells of a request that is about to be sent.
    pub async fn log_request(&self, call: &Call) {
        let level = self.flags.int("v");
        let (verb, url) = (call.method, self.url(call));
        self.log_body("Request Body", &call.body).await;
        if level >= 9 {
            let headers: String = request_headers(call).iter().map(|(name, value)| format!(" -H \"{name}: {value}\"")).collect();
            let line = format!("curl -v -X{verb} {headers} '{url}'\n");
            self.klog('I', "round_trippers.go:527", &format!("\"Request\" curlCommand={}", shown(&line))).await;
        } else if level >= 7 {
            let headers = headers(&request_headers(call));
            self.klog('I', "round_trippers.go:527", &format!("\"Request\" verb={} url={} headers={headers}", quote(verb), quote(&url)))
                .await;
        }
    }

    /// Tells of an answer that has come.
    pub async fn log_response(&self, call: &Call, response: &Response, milliseconds: u128) {
        let level = self.flags.int("v");
        let mut text = "\"Response\"".to_owned();
        if level == 6 || level >= 9 {
            text += &format!(" verb={} url={}", quote(call.method), quote(&self.url(call)));
        }
        text += &format!(" status={}", quote(&status_line(response.status)));
        if level >= 8 {
            text += &format!(" headers={}", headers(&response.headers));
        }
        text += &format!(" milliseconds={milliseconds}");
        if level >= 9 {
            text += &format!(
                " dnsLookupMilliseconds=0 dialMilliseconds=0 tlsHandshakeMilliseconds=0 serverProcessingMilliseconds={milliseconds}"
            );
        }
        self.klog('I', "round_trippers.go:632", &text).await;
    }

    /// Shows a body as far as the level allows.
    pub async fn log_body(&self, what: &str, body: &[u8]) {
        let level = self.flags.int("v");
        if level < 8 {
            return;
        }
        let text = String::from_utf8_lossy(body).into_owned();
        let cut = text.char_indices().nth(limit(level)).map(|(at, _)| at);
        let text = match cut {
            Some(at) => format!("{} [truncated {} chars]", &text[..at], text.len() - at),
            None => text,
        };
        self.klog('I', "helper.go:113", &format!("\"{what}\" body={}", shown(&text))).await;
    }

    /// Shows what the server said of a failure, from level 4 on. Models cmdutil.CheckErr.
    pub(super) async fn log_failure(&self, fail: &Fail) {
        if self.flags.int("v") < 4 {
            return;
        }
        let one = std::slice::from_ref(fail);
        for fail in if let Fail::Many(all) = fail { all } else { one } {
            if let Fail::Status(status) = fail
                && status.raw.is_object()
            {
                let mut raw = status.raw.clone();
                raw["message"] = status.message.clone().into();
                let text = json::typed(&raw, "  ");
                self.klog('I', "helpers.go:246", &format!("server response object: %s[{}]", text.trim_end())).await;
            }
        }
    }
}
