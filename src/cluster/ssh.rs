//! `ssh` and `minikube ssh` on the learner's workstation: the way to a node.

use std::net::SocketAddr;
use std::time::Duration;

use super::Cluster;
use crate::kubelet::Kubelet;
use crate::network::NetError;
use crate::process::{ProcessContext, Program, program};

/// Where sshd listens.
const PORT: u16 = 22;
/// How long a machine that is off is asked for.
const NEIGHBOUR_TIMEOUT: Duration = Duration::from_millis(3060);
/// What ssh ends with when it is ssh itself that fails.
const FAILED: i32 = 255;

/// `ssh [-t] [USER@]NODE [COMMAND…]`.
pub fn ssh(cluster: &Cluster) -> Program {
    let cluster = cluster.clone();
    program(move |ctx| run_ssh(cluster.clone(), ctx))
}

/// `minikube ssh [-n NODE] [-- COMMAND…]`, `minikube ip`, `minikube node list`, `minikube status`.
pub fn minikube(cluster: &Cluster) -> Program {
    let cluster = cluster.clone();
    program(move |ctx| run_minikube(cluster.clone(), ctx))
}

async fn run_ssh(cluster: Cluster, ctx: ProcessContext) -> i32 {
    const WITH_VALUE: &[&str] = &["-l", "-p", "-i", "-o", "-F", "-L", "-R", "-D", "-J", "-c", "-E"];
    let args = ctx.args();
    let mut words = args.iter().skip(1);
    let (mut target, mut force_tty, mut quiet) = (None, false, false);
    while let Some(word) = words.next() {
        if WITH_VALUE.contains(&word.as_str()) {
            words.next();
        } else if word.starts_with('-') {
            force_tty |= word.starts_with("-t");
            quiet |= word == "-q";
        } else {
            target = Some(word.clone());
            break;
        }
    }
    let Some(target) = target else {
        ctx.eprint("usage: ssh [-t] [-l login_name] [-p port] destination [command [argument ...]]\n").await;
        return FAILED;
    };
    let host = target.rsplit_once('@').map_or(target.as_str(), |(_, host)| host).to_owned();
    let command: Vec<String> = words.cloned().collect();
    let Some(kubelet) = find(&cluster, &host) else {
        ctx.eprint(&format!("ssh: Could not resolve hostname {host}: Name or service not known\n")).await;
        return FAILED;
    };
    enter(&ctx, &kubelet, &host, &command, force_tty, quiet).await
}

/// A node by its name or address.
fn find(cluster: &Cluster, host: &str) -> Option<Kubelet> {
    let by_address = || cluster.0.kubelets.values().find(|kubelet| kubelet.config().ip.to_string() == host);
    cluster.kubelet(host).or_else(by_address).cloned()
}

/// Knocks at the node, and stays as long as the shell or the command there runs.
async fn enter(ctx: &ProcessContext, kubelet: &Kubelet, host: &str, command: &[String], force_tty: bool, quiet: bool) -> i32 {
    if kubelet.is_off() {
        ctx.sleep(NEIGHBOUR_TIMEOUT).await;
        ctx.eprint(&format!("ssh: connect to host {host} port {PORT}: No route to host\n")).await;
        return FAILED;
    }
    let door = ctx.net().connect(SocketAddr::new(kubelet.config().ip, PORT)).await;
    let connection = match door {
        Ok(connection) => connection,
        Err(error) => {
            let why = match error {
                NetError::Refused => "Connection refused",
                NetError::TimedOut => "Connection timed out",
                _ => "No route to host",
            };
            ctx.eprint(&format!("ssh: connect to host {host} port {PORT}: {why}\n")).await;
            return FAILED;
        }
    };
    let tty = ctx.is_tty(0) && (command.is_empty() || force_tty);
    // What sshd is given is one line, which the login shell reads.
    let argv = match command.is_empty() {
        true => Vec::new(),
        false => vec!["/bin/bash".to_owned(), "-c".to_owned(), command.join(" ")],
    };
    let session = match kubelet.log_in(argv, tty) {
        Ok(session) => session,
        Err(error) => {
            ctx.eprint(&format!("{}\n", error.0)).await;
            return FAILED;
        }
    };
    let code = session.carry(ctx, true, tty).await;
    drop(connection);
    if tty && !quiet {
        ctx.eprint(&format!("Connection to {host} closed.\n")).await;
    }
    code
}

async fn run_minikube(cluster: Cluster, ctx: ProcessContext) -> i32 {
    let args = ctx.args();
    let words: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
    let nodes: Vec<&Kubelet> = cluster.0.kubelets.values().collect();
    match words.first().copied().unwrap_or_default() {
        "ssh" => {
            let mut rest = words.get(1..).unwrap_or_default().iter();
            let (mut node, mut command) = (None, Vec::new());
            while let Some(word) = rest.next() {
                match word.strip_prefix("--node=").or(word.strip_prefix("-n=")) {
                    Some(name) => node = Some(name),
                    None if matches!(*word, "-n" | "--node") => node = rest.next().copied(),
                    None if *word == "--" => command.extend(rest.by_ref().map(|word| (*word).to_owned())),
                    None => command.push((*word).to_owned()),
                }
            }
            let first = nodes.first().map(|kubelet| kubelet.config().name.clone()).unwrap_or_default();
            let name = node.map_or(first, str::to_owned);
            match find(&cluster, &name) {
                Some(kubelet) => enter(&ctx, &kubelet, &name, &command, false, true).await,
                None => {
                    let text = format!("\n❌  Exiting due to GUEST_NODE_RETRIEVE: retrieving node: Could not find node {name}\n");
                    ctx.eprint(&text).await;
                    80
                }
            }
        }
        "ip" => {
            let ip = nodes.first().map(|kubelet| kubelet.config().ip.to_string()).unwrap_or_default();
            ctx.print(&format!("{ip}\n")).await;
            0
        }
        "node" if words.get(1) == Some(&"list") => {
            let lines: String = nodes.iter().map(|kubelet| format!("{}\t{}\n", kubelet.config().name, kubelet.config().ip)).collect();
            ctx.print(&lines).await;
            0
        }
        other => {
            ctx.eprint(&format!("minikube: \"{other}\" is not simulated in Podground; ssh, ip and node list are\n")).await;
            64
        }
    }
}
