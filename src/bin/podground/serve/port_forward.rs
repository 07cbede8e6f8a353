//! Forwarded connections. Models `k8s.io/kubelet/pkg/cri/streaming/portforward`.

use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;

use podground::apiserver::{Body, Request};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};

use super::spdy::{self, Stream};
use super::world::World;

/// How many pieces may wait for the pod.
const LIMIT_INPUT: usize = 64;
/// How many connections one client may have half open.
const LIMIT_PAIRS: usize = 1000;

/// The ports of a request: `ports=80&ports=81`, `ports=80,81`.
pub fn ports(asked: &Request) -> Vec<u16> {
    let values = asked.query.iter().filter(|(name, _)| name == "ports" || name == "port");
    values.flat_map(|(_, value)| value.split(',')).filter_map(|port| port.parse().ok()).collect()
}

/// Carries one connection to `port` until both sides are done. What went wrong, if anything did.
pub async fn connection<F: Future<Output = bool>>(
    world: &Rc<World>,
    asked: &Request,
    port: u16,
    mut input: mpsc::Receiver<Vec<u8>>,
    write: impl Fn(Vec<u8>) -> F,
) -> Option<String> {
    let mut asked = asked.clone();
    asked.query = vec![("ports".into(), port.to_string())];
    let response = world.handle(asked);
    let mut stream = match response.body {
        Body::PortForward(stream) => stream,
        Body::Full(bytes) => {
            let status: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            return Some(status.get("message").and_then(Value::as_str).unwrap_or("the pod cannot be reached").to_owned());
        }
        _ => return None,
    };
    let _waiter = world.waiter();
    let mut generation = world.generation();
    let mut to_pod = Some(stream.to_pod);
    loop {
        let full = to_pod.as_ref().is_some_and(|to_pod| to_pod.len() >= LIMIT_INPUT);
        tokio::select! {
            bytes = world.hear(stream.from_pod.recv()) => match bytes {
                Some(bytes) => {
                    if !write(bytes).await {
                        return None;
                    }
                }
                None => break,
            },
            sent = input.recv(), if to_pod.is_some() && !full => {
                match sent {
                    Some(bytes) => drop(to_pod.as_ref().map(|to_pod| to_pod.send(bytes))),
                    // The client has sent all; the answer may still be on its way.
                    None => to_pod = None,
                }
                world.poke();
            }
            () = tokio::time::sleep(std::time::Duration::from_millis(5)), if full => {}
            _ = generation.changed() => return None,
        }
    }
    stream.error.await
}

/// Serves SPDY's streams, in pairs of one for data and one for errors.
pub async fn speedy<IO: AsyncRead + AsyncWrite + 'static>(world: Rc<World>, io: IO, asked: Request, mut closing: watch::Receiver<bool>) {
    let mut session = spdy::serve(io);
    let mut halves: BTreeMap<String, Stream> = BTreeMap::new();
    loop {
        let stream = tokio::select! {
            stream = session.recv() => stream,
            _ = closing.changed() => None,
        };
        let Some(stream) = stream else { return };
        let id = stream.header("requestid").unwrap_or_default().to_owned();
        let Some(other) = halves.remove(&id) else {
            if halves.len() < LIMIT_PAIRS {
                halves.insert(id, stream);
            }
            continue;
        };
        let (error, data) = if stream.header("streamtype") == Some("error") { (stream, other) } else { (other, stream) };
        let port = data.header("port").and_then(|port| port.parse().ok()).unwrap_or(0);
        let (world, asked) = (world.clone(), asked.clone());
        tokio::task::spawn_local(async move {
            let Stream { data: input, writer, .. } = data;
            let write = |bytes: Vec<u8>| {
                let writer = writer.clone();
                async move { writer.data(bytes).await }
            };
            if let Some(why) = connection(&world, &asked, port, input, write).await {
                error.writer.data(why.into_bytes()).await;
            }
            error.writer.end().await;
            writer.end().await;
        });
    }
}
