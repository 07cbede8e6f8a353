//! Whether a server is where the kubeconfig says. Models what client-go's discovery and cmdutil.StandardErrorMessage say of one
//! that does not answer.

use super::command::Cmd;
use super::error::Fail;
use super::printers::gofmt::quote;
use super::rest::Call;
use crate::network::{IpAddr, Ipv4Addr, SocketAddr};
use serde_json::Value;

/// Where kubectl looks when nothing says where.
const DEFAULT_SERVER: &str = "http://localhost:8080";

/// What discovery begins with.
fn discovery() -> Call {
    Call::new("GET", "/api").query("timeout", "32s")
}

/// How kubectl's discovery fails, as it is logged.
fn logged(why: &str) -> String {
    format!("\"Unhandled Error\" err={}", quote(&format!("couldn't get current server API group list: {why}")))
}

impl Cmd {
    /// The server's address: `--server`, or that of the cluster of the context.
    pub fn server_url(&self) -> String {
        let named = |flag: &str, key: &str| {
            let context = self.config.entry("contexts", self.context());
            let of_context = context.and_then(|c| c.get(key)).and_then(Value::as_str).unwrap_or_default();
            if self.flags.text(flag).is_empty() { of_context.to_owned() } else { self.flags.text(flag).to_owned() }
        };
        let global = self.flags.text("server");
        let cluster = self.config.entry("clusters", &named("cluster", "cluster"));
        let server = cluster.and_then(|c| c.get("server")).and_then(Value::as_str).unwrap_or_default();
        let server = if global.is_empty() { server } else { global };
        match server {
            "" => DEFAULT_SERVER.to_owned(),
            server if server.contains("://") => server.trim_end_matches('/').to_owned(),
            server => format!("http://{server}"),
        }
    }

    /// Host, port, and both as they are written.
    fn server_address(&self) -> (String, Result<u16, String>, String) {
        let url = self.server_url();
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", &url));
        let authority = rest.split('/').next().unwrap_or_default();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (authority, if scheme == "https" { "443" } else { "80" }),
        };
        let host = host.trim_matches(['[', ']']);
        (host.to_owned(), port.parse::<u16>().map_err(|_| port.to_owned()), authority.to_owned())
    }

    /// Nothing, where the cluster answers; else why it does not.
    pub(super) async fn unreachable(&self) -> Option<String> {
        let (host, port, _) = self.server_address();
        let port = match port {
            Ok(port) => port,
            Err(port) => return Some(format!("dial tcp: address {port}: invalid port")),
        };
        let service = self.ctx.env("KUBERNETES_SERVICE_HOST").unwrap_or_default();
        if matches!((host.as_str(), port), ("127.0.0.1" | "localhost", 6443)) || (!service.is_empty() && host == service) {
            return None;
        }
        let ip = match host.as_str() {
            "localhost" | "" => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            host => match host.parse::<IpAddr>() {
                Ok(ip) => Some(ip),
                Err(_) => self.ctx.net().resolve(host).await.ok().and_then(|all| all.first().copied()),
            },
        };
        let Some(ip) = ip else { return Some(format!("dial tcp: lookup {host}: no such host")) };
        let error = self.ctx.net().connect(SocketAddr::new(ip, port)).await.err()?;
        let how = if matches!(error, crate::network::NetError::TimedOut) { "i/o timeout" } else { error.go_text() };
        let call = if how == "i/o timeout" { "" } else { "connect: " };
        Some(format!("dial tcp {}: {call}{how}", SocketAddr::new(ip, port)))
    }

    /// How often kubectl asks what the server has before it gives up: once where nothing but the kinds is wanted, twice where
    /// its mapper is asked what a word means, and twice more where that goes by the short names first; the builder of
    /// objects asks beforehand whether each word is a category. Models restmapper's DeferredDiscoveryRESTMapper,
    /// NewShortcutExpander and SmartCategoryExpander.
    fn tries(&self) -> usize {
        const KINDS: usize = 1;
        const MAPPER: usize = 2;
        const SHORT_NAMES: usize = 2;
        let words: Vec<&str> = self.path.split(' ').skip(1).collect();
        let first = self.args().first().map_or("", String::as_str);
        let types = first.split(',').count();
        match words.as_slice() {
            ["create", "job"] => SHORT_NAMES + MAPPER,
            ["create" | "top" | "version", ..] | ["cluster-info", "dump"] | ["auth", "whoami"] => 0,
            ["auth", "can-i"] if self.flags.on("list") || first.starts_with('/') => 0,
            ["get" | "delete"] if self.flags.changed("raw") => 0,
            ["events"] if !self.flags.changed("for") => 0,
            _ if self.flags.changed("filename") => KINDS,
            ["run" | "api-resources" | "api-versions"] => KINDS,
            ["explain" | "events" | "taint"] | ["auth", "can-i"] => MAPPER,
            // What these name is of one kind.
            ["logs" | "exec" | "attach" | "port-forward" | "debug" | "drain" | "cordon" | "uncordon" | "certificate", ..] => {
                SHORT_NAMES + MAPPER
            }
            _ if first.contains('/') || (types > 1 && self.args().len() > 1) => SHORT_NAMES + MAPPER,
            // A word that says its version is taken at it first.
            _ if first.matches('.').count() > 1 => types + SHORT_NAMES + 2 * MAPPER,
            _ => types + SHORT_NAMES + MAPPER,
        }
    }

    /// Finds out what the server has, as whatever maps words to kinds does first.
    pub(super) async fn discover(&self) -> Result<(), Fail> {
        self.check_context()?;
        match self.unreachable().await {
            Some(why) => Err(self.no_answer(why, &discovery()).await),
            None => Ok(()),
        }
    }

    /// The error of a request that no server answers.
    pub(super) async fn no_answer(&self, why: String, call: &Call) -> Fail {
        let asked = self.asked(&discovery(), &why);
        for _ in 0..self.tries() {
            self.klog('E', "memcache.go:265", &logged(&asked)).await;
        }
        let (_, _, authority) = self.server_address();
        let shown = if why.ends_with("connection refused") {
            format!("The connection to the server {authority} was refused - did you specify the right host or port?")
        } else {
            format!("Unable to connect to the server: {why}")
        };
        Fail::NoAnswer { shown, message: self.asked(call, &why) }
    }

    /// What failed, as Go's HTTP client says it.
    fn asked(&self, call: &Call, why: &str) -> String {
        let method = call.method.get(..1).unwrap_or_default().to_owned() + &call.method.get(1..).unwrap_or_default().to_lowercase();
        format!("{method} {}: {why}", quote(&self.url(call)))
    }

    /// Refuses a file's objects where no server can say what they are.
    pub async fn recognize(&self, file: &str) -> Result<(), Fail> {
        let Some(why) = self.unreachable().await else { return Ok(()) };
        let validates = matches!(self.path.as_str(), "kubectl create" | "kubectl apply" | "kubectl replace")
            && !matches!(self.flags.text("validate"), "false" | "ignore");
        if validates {
            let failed = self.asked(&Call::new("GET", "/openapi/v2").query("timeout", "32s"), &why);
            return Err(Fail::Text(format!(
                "error validating {}: error validating data: failed to download openapi: {failed}; if you choose to ignore these errors, turn validation off with --validate=false",
                quote(file)
            )));
        }
        let why = self.asked(&discovery(), &why);
        self.klog('E', "memcache.go:265", &logged(&why)).await;
        let text = format!("unable to recognize {}: {why}", quote(file));
        Err(if matches!(self.verb.name, "get" | "describe") { Fail::Raw(text, 1) } else { Fail::Text(text) })
    }
}
