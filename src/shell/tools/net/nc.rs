//! nc and telnet: bytes over TCP.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::super::tool::Tool;
use super::{owner, resolve};
use crate::network::TcpStream;
use crate::sim::{Either, select};

pub(in super::super) async fn run(t: Tool) -> i32 {
    let options = match t.options("!ku!lp:w:zvnN46ku", &[], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<u16>().ok());
    if options.has('l') {
        let port = number(options.value('p')).or_else(|| number(options.operands.last().map(String::as_str)));
        let Some(port) = port else { return t.misuse("a port is needed", 1).await };
        let listener = match t.ctx.net().listen(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port, &owner(&t)) {
            Ok(listener) => listener,
            Err(error) => {
                t.complain(&format!("bind: {}", error.strerror())).await;
                return 1;
            }
        };
        let Some(stream) = listener.accept().await else { return 1 };
        drop(listener);
        return relay(&t, stream).await;
    }
    let (Some(host), Some(port)) = (options.operands.first(), number(options.operands.get(1).map(String::as_str))) else {
        return t.misuse("a host and a port are needed", 1).await;
    };
    let seconds = options.value('w').and_then(|w| w.parse().ok()).unwrap_or(134);
    let stream = match dial(&t, host, port, seconds).await {
        Ok(stream) => stream,
        Err(message) => {
            if options.has('v') {
                t.complain(&message).await;
            }
            return 1;
        }
    };
    if options.has('v') {
        t.ctx.eprint(&format!("Connection to {host} {port} port [tcp/*] succeeded!\n")).await;
    }
    if options.has('z') { 0 } else { relay(&t, stream).await }
}

async fn dial(t: &Tool, host: &str, port: u16, seconds: u64) -> Result<TcpStream, String> {
    let ip = resolve(t, host).await.ok().and_then(|all| all.first().copied()).ok_or_else(|| format!("bad address '{host}'"))?;
    let owner = owner(t);
    let dialled = t.ctx.sim().timeout(Duration::from_secs(seconds), t.ctx.net().connect_as(SocketAddr::new(ip, port), &owner)).await;
    match dialled {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(format!("connect to {host} port {port} (tcp) failed: {}", error.strerror())),
        Err(_) => Err(format!("connect to {host} port {port} (tcp) timed out: Operation now in progress")),
    }
}

/// Copies standard input to the connection and the connection to standard output, until the other side ends.
async fn relay(t: &Tool, stream: TcpStream) -> i32 {
    let (mut reader, mut writer) = stream.split();
    let up = async {
        while let Ok(bytes) = t.ctx.read(0, 4096).await {
            if bytes.is_empty() || writer.write(&bytes).is_err() {
                break;
            }
        }
        writer.shutdown();
        std::future::pending::<()>().await
    };
    let down = async {
        while let Some(bytes) = reader.read().await {
            if !t.out(&bytes).await {
                break;
            }
        }
    };
    match select(std::pin::pin!(up), std::pin::pin!(down)).await {
        Either::Left(_) | Either::Right(_) => 0,
    }
}

pub(in super::super) async fn telnet(t: Tool) -> i32 {
    let Some(host) = t.args.get(1).cloned() else { return t.misuse("", 1).await };
    let port = t.args.get(2).and_then(|text| text.parse().ok()).unwrap_or(23);
    let ip = resolve(&t, &host).await.ok().and_then(|all| all.first().copied());
    let Some(ip) = ip else {
        t.complain(&format!("bad address '{host}'")).await;
        return 1;
    };
    match t.ctx.net().connect_as(SocketAddr::new(ip, port), &owner(&t)).await {
        Ok(stream) => {
            t.out(format!("Connected to {host}\n")).await;
            relay(&t, stream).await
        }
        Err(error) => {
            t.complain(&format!("can't connect to remote host ({ip}): {}", error.strerror())).await;
            1
        }
    }
}
