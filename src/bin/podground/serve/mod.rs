//! `podground serve`: the simulated cluster's API over HTTP, for clients that nobody here wrote.
//!
//! One thread runs both the simulation and the network: the simulation's tasks are not `Send`, and a request is
//! answered by a plain call. `world` keeps virtual time beside the wall's; `http` takes requests; `stream` and what is
//! below it carry exec, attach and port-forward.

mod access;
mod body;
mod control;
mod discovery;
mod exec;
mod gnostic;
mod http;
mod kubeconfig;
mod openapi;
mod options;
mod port_forward;
mod protobuf;
mod represent;
mod reviews;
mod schemas;
mod spdy;
mod stream;
mod websocket;
mod world;

use std::rc::Rc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::LocalSet;

use crate::cli::Common;
use http::Bridge;
use options::Options;
use world::{Recipe, World};

/// How long open connections are given to end when the server is told to.
const GRACE: Duration = Duration::from_secs(2);

/// `podground serve`
pub fn run(common: &Common, operands: &[String]) -> Result<i32, String> {
    if operands.iter().any(|operand| operand == "--help" || operand == "-h") {
        print!("{}", options::USAGE);
        return Ok(0);
    }
    let options = Options::parse(operands)?;
    let recipe = Recipe { seed: common.seed, topology: common.topology("reference")?, start: options.start };
    kubeconfig::may_write(options.kubeconfig.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    LocalSet::new().block_on(&runtime, serve(options, recipe))
}

async fn serve(options: Options, recipe: Recipe) -> Result<i32, String> {
    let listener = TcpListener::bind(options.addr).await.map_err(|error| format!("{}: {error}", options.addr))?;
    let addr = listener.local_addr().map_err(|error| error.to_string())?;
    let world = World::new(recipe, options.pace);
    if let Some(file) = &options.kubeconfig {
        kubeconfig::write(file, addr, options.token.as_deref())?;
    }
    announce(&options, addr);
    let (closing, _) = watch::channel(false);
    let driver = world.clone();
    tokio::task::spawn_local(async move { driver.drive().await });
    let bridge = Rc::new(Bridge::new(world, options.token, closing.clone()));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => http::connection(&bridge, socket),
                // Too many open files, most likely: others will end.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
        }
    }
    drop(listener);
    let _ = closing.send(true);
    let _ = tokio::time::timeout(GRACE, bridge.drained()).await;
    Ok(0)
}

fn announce(options: &Options, addr: std::net::SocketAddr) {
    println!("Serving Kubernetes {} on http://{addr}", podground::apiserver::VERSION);
    match &options.kubeconfig {
        Some(file) => println!("export KUBECONFIG={}", file.display()),
        None if options.token.is_none() => println!("kubectl --server=http://{addr} get nodes"),
        None => {}
    }
    if let Some(token) = &options.token {
        println!("Token: {token}");
        println!("Server with token for clients that send none over plain HTTP: {}", access::url_with_token(addr, token));
    }
}
