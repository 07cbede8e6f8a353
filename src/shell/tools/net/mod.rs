//! Commands that use the network.

pub(super) mod curl;
mod curl_options;
pub(super) mod httpd;
pub(super) mod ip;
pub(super) mod nc;
pub(super) mod nslookup;
pub(super) mod ping;
pub(super) mod ss;
mod url;
pub(super) mod wget;

use std::net::IpAddr;

use super::tool::Tool;
use crate::network::{DnsError, Resolver};

/// The addresses of `host`, by this place's own `/etc/hosts` and `/etc/resolv.conf`.
async fn resolve(tool: &Tool, host: &str) -> Result<Vec<IpAddr>, DnsError> {
    if let Ok(ip) = host.trim_matches(['[', ']']).parse() {
        return Ok(vec![ip]);
    }
    let resolver = resolver(tool);
    let found = tool.ctx.net().resolve_with(&resolver, host).await;
    match found {
        Err(_) if host.eq_ignore_ascii_case("localhost") => Ok(vec![IpAddr::from([127, 0, 0, 1])]),
        found => found,
    }
}

fn resolver(tool: &Tool) -> Resolver {
    let read = |path: &str| String::from_utf8_lossy(&tool.vfs().read_file(path).unwrap_or_default()).into_owned();
    Resolver::parse(&read("/etc/hosts"), &read("/etc/resolv.conf"))
}

/// Who opens a socket, as `ss -p` shows it.
fn owner(tool: &Tool) -> String {
    format!("{}/{}", tool.ctx.pid(), tool.name)
}
