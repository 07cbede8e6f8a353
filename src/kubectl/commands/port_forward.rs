//! `kubectl port-forward`. Models kubectl/pkg/cmd/portforward.

use super::pods::{behind, named};
use crate::api::Kind;
use crate::client::{Body, PortForwardStream};
use crate::kubectl::command::{Cmd, items, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::rest::Call;
use crate::kubectl::verb::{BASE, Verb};
use crate::network::{IpAddr, Ipv4Addr, Listener, TcpStream};
use crate::sim::{Either, select};
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::{Ipv6Addr, SocketAddr};

const FLAGS: &[Flag] = &[
    flag(
        "address",
        FlagKind::Slice,
        "localhost",
        "Addresses to listen on (comma separated). Only accepts IP addresses or localhost as a value.",
    ),
    flag("pod-running-timeout", FlagKind::Duration, "1m0s", "The length of time to wait until at least one pod is running"),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "port-forward",
    usage: "TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
    short: "Forward one or more local ports to a pod",
    examples: "# Port 8888 here is port 8080 of the pod, until Ctrl-C\nkubectl port-forward kubia 8888:8080\n\n# The same port on both sides, of a service's pod\nkubectl port-forward service/kubia 8080",
    flags: &[FLAGS],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let [argument, ports @ ..] = cmd.args() else {
        return Err(cmd.usage_error("TYPE/NAME and list of ports are required for port-forward"));
    };
    if ports.is_empty() {
        return Err(cmd.usage_error("TYPE/NAME and list of ports are required for port-forward"));
    }
    let (kind, object) = named(cmd, argument).await?;
    let pods = behind(cmd, kind, &object).await?;
    let Some(pod) = pods.first() else { return Ok(()) };
    let phase = text(pod, &["status", "phase"]);
    if phase != "Running" {
        return Err(Fail::Text(format!("unable to forward port because pod is not running. Current status={phase}")));
    }
    let mut pairs = Vec::new();
    for port in ports {
        pairs.push(pair(port, kind, &object, pod)?);
    }
    let addresses = addresses(cmd)?;
    let mut listeners = Vec::new();
    for (asked, remote) in pairs {
        let mut local = asked;
        for address in &addresses {
            // Who listens on 127.0.0.1 is found under ::1 as well.
            if *address != IpAddr::V6(Ipv6Addr::LOCALHOST) || addresses.len() == 1 {
                let Ok(listener) = cmd.ctx.net().listen(*address, local, "kubectl") else {
                    let why = format!("unable to create listener: Error listen tcp4 {address}:{local}: bind: address already in use");
                    cmd.eprint(&format!(
                        "Unable to listen on port {local}: Listeners failed to create with the following errors: [{why}]\n"
                    ))
                    .await;
                    return Err(Fail::Text(format!("unable to listen on any of the requested ports: [{{{local} {remote}}}]")));
                };
                local = listener.local_addr().port();
                listeners.push((listener, local, remote));
            }
            cmd.print(&format!("Forwarding from {} -> {remote}\n", SocketAddr::new(*address, local))).await;
        }
    }
    let all = listeners.iter().map(|(listener, local, remote)| serve(cmd, pod, listener, *local, *remote));
    futures_util::future::join_all(all).await;
    Ok(())
}

/// Where `--address` says to listen, in order. Models client-go's parseAddresses.
fn addresses(cmd: &Cmd) -> Result<Vec<IpAddr>, Fail> {
    let mut all = BTreeSet::new();
    for name in cmd.flags.list("address") {
        if name == "localhost" {
            all.extend([IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]);
        } else {
            all.insert(name.parse().map_err(|_| Fail::Text(format!("{name} is not a valid IP")))?);
        }
    }
    Ok(all.into_iter().collect())
}

/// Local and remote port of `8888:8080`, `8080` or `:8080`; a service's port is translated to its target.
fn pair(text_of_pair: &str, kind: Kind, object: &Value, pod: &Value) -> Result<(u16, u16), Fail> {
    let (local, remote) = text_of_pair.split_once(':').unwrap_or((text_of_pair, text_of_pair));
    if remote.is_empty() {
        return Err("remote port cannot be empty".into());
    }
    let local = if local.is_empty() { "0" } else { local };
    let wrong = |which: &str, port: &str| {
        let why = if port.bytes().all(|b| b.is_ascii_digit()) { "value out of range" } else { "invalid syntax" };
        Fail::Text(format!("error parsing {which} port '{port}': strconv.ParseUint: parsing \"{port}\": {why}"))
    };
    let named_port = |name: &str| {
        let containers = items(pod, &["spec", "containers"]).iter().flat_map(|c| items(c, &["ports"]));
        containers.filter(|p| text(p, &["name"]) == name).find_map(|p| p.get("containerPort")?.as_u64()).and_then(|p| u16::try_from(p).ok())
    };
    let mut remote_number = match (remote.parse::<u16>(), remote.parse::<i64>()) {
        (Ok(0), _) if kind != Kind::Service => return Err("remote port must be > 0".into()),
        (Ok(number), _) => number,
        (_, Ok(_)) => return Err(wrong("remote", remote)),
        _ if kind == Kind::Service => 0,
        _ => named_port(remote)
            .ok_or_else(|| Fail::Text(format!("Pod '{}' does not have a named port '{remote}'", text(pod, &["metadata", "name"]))))?,
    };
    if kind == Kind::Service {
        let port = items(object, &["spec", "ports"])
            .iter()
            .find(|p| p.get("port").and_then(Value::as_u64) == Some(u64::from(remote_number)) || text(p, &["name"]) == remote);
        let Some(port) = port else {
            return Err(Fail::Text(format!("Service {} does not have a service port {remote}", text(object, &["metadata", "name"]))));
        };
        remote_number = match port.get("targetPort") {
            Some(Value::Number(n)) => n.as_u64().and_then(|n| u16::try_from(n).ok()).unwrap_or(remote_number),
            Some(Value::String(name)) => named_port(name).unwrap_or(remote_number),
            _ => remote_number,
        };
    }
    let local_number =
        if local == remote && local.parse::<u16>().is_err() { remote_number } else { local.parse().map_err(|_| wrong("local", local))? };
    Ok((local_number, remote_number))
}

async fn serve(cmd: &Cmd, pod: &Value, listener: &Listener, local: u16, remote: u16) {
    let mut running = futures_util::stream::FuturesUnordered::new();
    loop {
        let accept = Box::pin(listener.accept());
        let next = if running.is_empty() {
            accept.await
        } else {
            use futures_util::StreamExt;
            match select(accept, running.next()).await {
                Either::Left((stream, _)) => stream,
                Either::Right(_) => continue,
            }
        };
        let Some(stream) = next else { return };
        cmd.print(&format!("Handling connection for {local}\n")).await;
        running.push(forward(cmd, pod, stream, local, remote));
    }
}

async fn forward(cmd: &Cmd, pod: &Value, stream: TcpStream, local: u16, remote: u16) {
    let path = object_path(Kind::Pod, &text(pod, &["metadata", "namespace"]), &text(pod, &["metadata", "name"]));
    let call = Call::new("POST", format!("{path}/portforward")).query("ports", &remote.to_string());
    let connection = match cmd.request(call).await {
        Ok(response) => match response.body {
            Body::PortForward(connection) => connection,
            _ => return,
        },
        Err(e) => {
            cmd.eprint(&format!("error: lost connection to pod: {}\n", e.message())).await;
            return;
        }
    };
    if let Some(error) = carry(stream, connection).await {
        cmd.eprint(&format!(
            "E1121 00:00:00.000000       1 portforward.go:424] \"Unhandled Error\" err=\"an error occurred forwarding {local} -> {remote}: error forwarding port {remote} to pod {}, uid : {error}\"\n",
            text(pod, &["metadata", "uid"]).replace('-', "")
        ))
        .await;
    }
}

/// Carries bytes both ways until the pod's side ends; what the pod's side says went wrong.
async fn carry(stream: TcpStream, connection: PortForwardStream) -> Option<String> {
    let PortForwardStream { to_pod, mut from_pod, error } = connection;
    let (mut reader, mut writer) = stream.split();
    let up = async {
        while let Some(bytes) = reader.read().await {
            if to_pod.send(bytes).is_err() {
                break;
            }
        }
        drop(to_pod);
    };
    let down = async {
        while let Some(bytes) = from_pod.recv().await {
            writer.writable().await;
            if writer.write(&bytes).is_err() {
                break;
            }
        }
        writer.shutdown();
    };
    let both = futures_util::future::join(up, down);
    both.await;
    error.await
}
