//! `kubectl create ingress`. Models kubectl/pkg/cmd/create/create_ingress.go.

use super::super::common::{DRY_RUN, FIELD_MANAGER, OUTPUT, SAVE_CONFIG, VALIDATE};
use super::name_argument;
use super::unserved::generated;
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const FLAGS: &[Flag] = &[
    flag("annotation", FlagKind::Array, "", ""),
    flag("class", FlagKind::Text, "", ""),
    flag("default-backend", FlagKind::Text, "", ""),
    flag("rule", FlagKind::Array, "", ""),
];

/// `create ingress`.
pub const INGRESS: Verb = Verb {
    name: "ingress",
    aliases: &["ing"],
    usage: "NAME --rule=host/path=service:port[,tls[=secret]] ",
    short: "Create an ingress with the specified name",
    examples: "# One host for one service, as a manifest\nkubectl create ingress site --rule=\"example.com/*=web:80\" --dry-run=client -o yaml",
    flags: &[FLAGS, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

/// What `--rule` says.
struct Rule<'a> {
    host: &'a str,
    path: String,
    exact: bool,
    backend: Value,
    /// The secret, which may be empty.
    tls: Option<&'a str>,
}

fn is_word(text: &str, more: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

/// `service:port`.
fn backend(text: &str) -> Option<Value> {
    let (name, port) = text.split_once(':')?;
    if !is_word(name, "_-") || !is_word(port, "_-") {
        return None;
    }
    let port = port.parse::<u16>().map_or_else(|_| json!({ "name": port }), |number| json!({ "number": number }));
    Some(json!({ "service": { "name": name, "port": port } }))
}

/// `host/path=service:port[,tls[=secret]]`.
fn rule(text: &str) -> Option<Rule<'_>> {
    let (place, rest) = text.split_once('=')?;
    let at = place.find('/')?;
    let (host, path) = (place.get(..at)?, place.get(at..)?);
    if !(host.is_empty() || is_word(host, "_*-.")) || path.contains(char::is_whitespace) {
        return None;
    }
    let (service, tls) = rest.split_once(',').map_or((rest, None), |(service, tls)| (service, Some(tls)));
    let exact = !path.ends_with('*');
    Some(Rule {
        host,
        path: path.trim_end_matches('*').to_owned(),
        exact,
        backend: backend(service)?,
        tls: tls.map(|tls| tls.strip_prefix("tls=").unwrap_or_default()),
    })
}

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let name = name_argument(cmd)?;
    let (flags, rules) = (&cmd.flags, cmd.flags.list("rule"));
    if rules.is_empty() && flags.text("default-backend").is_empty() {
        return Err("not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)".into());
    }
    let invalid =
        |text: &String| Fail::Text(format!("rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"));
    let rules = rules.iter().map(|text| rule(text).ok_or_else(|| invalid(text))).collect::<Result<Vec<Rule>, Fail>>()?;
    let mut object = json!({ "metadata": { "name": name }, "spec": {}, "status": { "loadBalancer": {} } });
    for annotation in flags.list("annotation") {
        let Some((key, value)) = annotation.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(Fail::Text(format!("annotation {annotation} is invalid and should be in format key=[value]")));
        };
        object["metadata"]["annotations"][key] = json!(value);
    }
    if !flags.text("class").is_empty() {
        object["spec"]["ingressClassName"] = json!(flags.text("class"));
    }
    if !flags.text("default-backend").is_empty() {
        let wrong = "default-backend should be in format servicename:serviceport";
        object["spec"]["defaultBackend"] = backend(flags.text("default-backend")).ok_or(Fail::from(wrong))?;
    }
    let (hosts, tls) = (by_host(&rules), certificates(&rules));
    for (key, list) in [("rules", hosts), ("tls", tls)] {
        if !list.is_empty() {
            object["spec"][key] = Value::Array(list);
        }
    }
    generated(cmd, "networking.k8s.io", "ingresses", object).await
}

fn by_host(rules: &[Rule]) -> Vec<Value> {
    let mut hosts: Vec<&str> = Vec::new();
    for rule in rules {
        if !hosts.contains(&rule.host) {
            hosts.push(rule.host);
        }
    }
    let entry = |host: &str| {
        let path =
            |rule: &Rule| json!({ "path": rule.path, "pathType": if rule.exact { "Exact" } else { "Prefix" }, "backend": rule.backend });
        let paths: Vec<Value> = rules.iter().filter(|rule| rule.host == host).map(path).collect();
        let mut entry = json!({ "http": { "paths": paths } });
        if !host.is_empty() {
            entry["host"] = json!(host);
        }
        entry
    };
    hosts.into_iter().map(entry).collect()
}

/// Each host once, under the secret that names it first.
fn certificates(rules: &[Rule]) -> Vec<Value> {
    let (mut out, mut seen): (Vec<Value>, Vec<&str>) = (Vec::new(), Vec::new());
    for (host, secret) in rules.iter().filter_map(|rule| Some((rule.host, rule.tls?))) {
        if seen.contains(&host) {
            continue;
        }
        seen.push(host);
        let mut hosts = if host.is_empty() { Vec::new() } else { vec![json!(host)] };
        match out.iter_mut().find(|entry| entry.get("secretName").and_then(Value::as_str).unwrap_or_default() == secret) {
            Some(entry) => {
                if let Some(all) = entry["hosts"].as_array_mut() {
                    all.append(&mut hosts);
                }
            }
            None => {
                let mut entry = json!({});
                if !hosts.is_empty() {
                    entry["hosts"] = Value::Array(hosts);
                }
                if !secret.is_empty() {
                    entry["secretName"] = json!(secret);
                }
                out.push(entry);
            }
        }
    }
    out
}
