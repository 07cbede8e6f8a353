//! What probes and hooks do: run a command, ask over HTTP, open a connection. Models `pkg/probe`.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container as ContainerSpec, HTTPGetAction};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::main_loop::Kubelet;
use crate::api::go::number_error;
use crate::cri::Container;
use crate::images::server;
use crate::network::http::{self, HttpError, Request};

/// What is kept of a probe's output.
const LIMIT_OUTPUT_BYTES: usize = 10 * 1024;

/// Why an attempt was no success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The answer was no, or there was none: what follows `probe failed: `.
    Failed(String),
    /// It could not be asked: what follows `probe errored and resulted in unknown state: `.
    Errored(String),
}

impl Failure {
    /// The words.
    pub fn text(&self) -> &str {
        match self {
            Failure::Failed(text) | Failure::Errored(text) => text,
        }
    }
}

/// A port by number, or by its name in the container's ports. A name that none of them has is taken for a number, as Go does.
pub(super) fn resolve_port(port: &IntOrString, spec: &ContainerSpec) -> Result<u16, Failure> {
    let number = match port {
        IntOrString::Int(number) => *number,
        IntOrString::String(name) => match spec.ports.iter().flatten().find(|port| port.name.as_deref() == Some(name)) {
            Some(named) => named.container_port,
            None => name.parse().map_err(|_| Failure::Errored(number_error("Atoi", name)))?,
        },
    };
    let usable = u16::try_from(number).ok().filter(|port| *port > 0);
    usable.ok_or_else(|| Failure::Errored(format!("invalid port number: {number}")))
}

/// Runs a command in a container: exit code, and output of both streams. The error is the runtime's.
pub(super) async fn run(kubelet: &Kubelet, container: &Rc<Container>, command: Vec<String>) -> Result<(i32, String), String> {
    let id = kubelet.0.runtime.exec_id();
    let session = container.exec(&id, command, false, false);
    let mut session = session.map_err(|error| format!("rpc error: code = Unknown desc = {}", error.0))?;
    let mut output = Vec::new();
    while let Some(bytes) = session.stdout.recv().await {
        output.extend(bytes);
        output.truncate(LIMIT_OUTPUT_BYTES);
    }
    while let Some(bytes) = session.stderr.recv().await {
        output.extend(bytes);
        output.truncate(LIMIT_OUTPUT_BYTES);
    }
    let code = session.status.await.unwrap_or(-1);
    Ok((code, String::from_utf8_lossy(&output).into_owned()))
}

/// Asks over HTTP from the node. The error is the probe's message.
pub(super) async fn http_get(
    kubelet: &Kubelet,
    pod_ip: &str,
    spec: &ContainerSpec,
    get: &HTTPGetAction,
    timeout: Duration,
) -> Result<u16, Failure> {
    let host = get.host.clone().filter(|host| !host.is_empty()).unwrap_or_else(|| pod_ip.to_owned());
    let port = resolve_port(&get.port, spec)?;
    let scheme = get.scheme.as_deref().unwrap_or("HTTP").to_lowercase();
    let path = get.path.clone().unwrap_or_else(|| "/".into());
    let path = if path.starts_with('/') { path } else { format!("/{path}") };
    let url = format!("{scheme}://{host}:{port}{path}");
    let net = kubelet.0.runtime.host().clone();
    let ip: IpAddr = match host.parse() {
        Ok(ip) => ip,
        Err(_) => net
            .resolve(&host)
            .await
            .ok()
            .and_then(|ips| ips.first().copied())
            .ok_or_else(|| Failure::Failed(format!("Get \"{url}\": dial tcp: lookup {host}: no such host")))?,
    };
    let mut request = Request::new("GET", &path, &format!("{host}:{port}"));
    let minor: String = kubelet.0.config.kubelet_version.trim_start_matches('v').splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
    request.headers.push(("User-Agent".into(), format!("kube-probe/{minor}")));
    request.headers.push(("Accept".into(), "*/*".into()));
    for header in get.http_headers.iter().flatten() {
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(&header.name));
        request.headers.push((header.name.clone(), header.value.clone()));
    }
    request.headers.push(("Connection".into(), "close".into()));
    let asked = kubelet.0.sim.timeout(timeout, http::send(&net, SocketAddr::new(ip, port), &request)).await;
    let why = match asked {
        Ok(Ok(response)) => return Ok(response.status),
        Ok(Err(HttpError::Net(error))) => format!("dial tcp {ip}:{port}: connect: {}", error.go_text()),
        Ok(Err(_)) => "EOF".to_owned(),
        Err(_) => "context deadline exceeded (Client.Timeout exceeded while awaiting headers)".to_owned(),
    };
    Err(Failure::Failed(format!("Get \"{url}\": {why}")))
}

/// Opens a connection from the node. The error is the probe's message.
pub(super) async fn tcp(kubelet: &Kubelet, host: &str, port: u16, timeout: Duration) -> Result<(), String> {
    let net = kubelet.0.runtime.host().clone();
    let ip: IpAddr = match host.parse() {
        Ok(ip) => ip,
        Err(_) => net
            .resolve(host)
            .await
            .ok()
            .and_then(|ips| ips.first().copied())
            .ok_or_else(|| format!("dial tcp: lookup {host}: no such host"))?,
    };
    match kubelet.0.sim.timeout(timeout, net.connect(SocketAddr::new(ip, port))).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(format!("dial tcp {ip}:{port}: connect: {}", error.go_text())),
        Err(_) => Err(format!("dial tcp {ip}:{port}: i/o timeout")),
    }
}

/// Asks a server that speaks gRPC for the health of a service. The error is the probe's message. Models `pkg/probe/grpc`.
pub(super) async fn grpc(kubelet: &Kubelet, pod_ip: &str, port: u16, service: &str, timeout: Duration) -> Result<(), String> {
    let address = format!("{pod_ip}:{port}");
    let late = || format!("timeout: failed to connect service \"{address}\" within {}s: context deadline exceeded", timeout.as_secs());
    let sim = kubelet.0.sim.clone();
    let deadline = sim.now() + timeout;
    let net = kubelet.0.runtime.host().clone();
    let ip: IpAddr = pod_ip.parse().map_err(|_| late())?;
    let ask = async {
        let mut stream = net.connect(SocketAddr::new(ip, port)).await.ok()?;
        stream.write(server::grpc_question(service).as_bytes()).ok()?;
        stream.read().await
    };
    match sim.timeout(timeout, ask).await {
        Ok(Some(answer)) if answer == server::GRPC_SERVING => Ok(()),
        Ok(Some(answer)) if answer == server::GRPC_NOT_SERVING => Err("service unhealthy (responded with \"NOT_SERVING\")".into()),
        // gRPC tries to connect again until the time is over, also where it was refused or answered in another language.
        _ => {
            sim.sleep(deadline.since(sim.now())).await;
            Err(late())
        }
    }
}
