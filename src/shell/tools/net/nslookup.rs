//! nslookup and dig.

use super::super::tool::Tool;
use super::resolver;
use crate::network::dns;

pub(in super::super) async fn run(t: Tool) -> i32 {
    let Some(name) = t.args.get(1).cloned() else { return t.misuse(if t.busybox() { "" } else { "a name is needed" }, 1).await };
    let mut resolver = resolver(&t);
    if let Some(server) = t.args.get(2).and_then(|text| text.parse().ok()) {
        resolver.nameservers = vec![server];
    }
    let Some(server) = resolver.nameservers.first().copied() else {
        t.out(";; connection timed out; no servers could be reached\n\n").await;
        return 1;
    };
    let (space, end) = if t.busybox() { (":\t", ":53") } else { (":\t\t", "") };
    let head = format!("Server{space}{server}\nAddress{}{server}{}\n\n", ":\t", if t.busybox() { end } else { "#53" });
    for candidate in resolver.candidates(&name) {
        match dns::query(t.ctx.net(), server, &candidate).await {
            Ok(Some(addresses)) => {
                let alias = t.ctx.net().network().dns_alias(&candidate);
                let name = alias.as_deref().unwrap_or(&candidate);
                let told = alias.as_ref().map(|alias| format!("{candidate}\tcanonical name = {alias}\n")).unwrap_or_default();
                let mut found: String = addresses.iter().map(|ip| format!("Name:\t{name}\nAddress: {ip}\n")).collect();
                if addresses.is_empty() {
                    found = format!("** server can't find {name}: NXDOMAIN\n");
                }
                t.out(format!("{head}{told}{found}\n")).await;
                return i32::from(addresses.is_empty());
            }
            Ok(None) => {}
            Err(_) => {
                t.out(";; connection timed out; no servers could be reached\n\n").await;
                return 1;
            }
        }
    }
    t.out(format!("{head}** server can't find {name}: NXDOMAIN\n\n")).await;
    1
}

/// `dig [+short] [@SERVER] NAME`
pub(in super::super) async fn dig(t: Tool) -> i32 {
    let arguments = t.args.get(1..).unwrap_or_default();
    let short = arguments.iter().any(|a| a == "+short");
    let named = arguments.iter().find_map(|a| a.strip_prefix('@')).and_then(|text| text.parse().ok());
    let name = arguments.iter().find(|a| !a.starts_with(['+', '@', '-']) && *a != "A").cloned().unwrap_or_default();
    let Some(server) = named.or_else(|| resolver(&t).nameservers.first().copied()) else {
        t.out(";; no servers could be reached\n").await;
        return 9;
    };
    // dig asks for the name as it stands: no search list.
    let answer = match dns::query(t.ctx.net(), server, name.trim_end_matches('.')).await {
        Ok(answer) => answer,
        Err(_) => {
            t.out(";; communications error: timed out\n;; no servers could be reached\n").await;
            return 9;
        }
    };
    let addresses = answer.clone().unwrap_or_default();
    if short {
        t.out(addresses.iter().map(|ip| format!("{ip}\n")).collect::<String>()).await;
        return 0;
    }
    let status = if answer.is_some() { "NOERROR" } else { "NXDOMAIN" };
    let dotted = format!("{}.", name.trim_end_matches('.'));
    let mut text = format!(
        "\n; <<>> DiG 9.18 <<>> {name}\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {status}\n\n;; QUESTION SECTION:\n;{dotted}\t\tIN\tA\n\n"
    );
    if !addresses.is_empty() {
        text.push_str(";; ANSWER SECTION:\n");
        text.extend(addresses.iter().map(|ip| format!("{dotted}\t30\tIN\tA\t{ip}\n")));
        text.push('\n');
    }
    t.out(format!("{text};; SERVER: {server}#53({server})\n\n")).await;
    0
}
