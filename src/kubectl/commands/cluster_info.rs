//! `kubectl cluster-info`. Models kubectl/pkg/cmd/clusterinfo.

mod dump;

use crate::api::Kind;
use crate::kubectl::command::{Cmd, items, text};
use crate::kubectl::error::Fail;
use crate::kubectl::verb::{BASE, Verb};

/// The verb.
pub const VERB: Verb = Verb {
    name: "cluster-info",
    usage: "[flags]",
    short: "Display cluster information",
    examples: "# Where the control plane is\nkubectl cluster-info",
    subcommands: &[&dump::DUMP],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

/// Green name, yellow address: kubectl colours these whatever stdout is.
fn line(name: &str, link: &str) -> String {
    format!("\u{1b}[0;32m{name}\u{1b}[0m is running at \u{1b}[0;33m{link}\u{1b}[0m\n")
}

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let server = cmd.server_url();
    let services = cmd.list(Kind::Service, "kube-system", "kubernetes.io/cluster-service=true", "").await?;
    let mut out = line("Kubernetes control plane", &server);
    for service in services {
        let name = match text(&service, &["metadata", "labels", "kubernetes.io/name"]) {
            none if none.is_empty() => text(&service, &["metadata", "name"]),
            name => name,
        };
        let port = items(&service, &["spec", "ports"]).first().map(|p| text(p, &["name"])).unwrap_or_default();
        let port = if port.is_empty() { port } else { format!(":{port}") };
        let path = format!("/api/v1/namespaces/kube-system/services/{}{port}/proxy", text(&service, &["metadata", "name"]));
        out += &line(&name, &format!("{server}{path}"));
    }
    out += "\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n";
    cmd.print(&out).await;
    Ok(())
}
