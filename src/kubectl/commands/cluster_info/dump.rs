//! `kubectl cluster-info dump`. Models kubectl/pkg/cmd/clusterinfo/clusterinfo_dump.go.

use super::super::common::{ALL_NAMESPACES, OUTPUT};
use crate::api::Kind;
use crate::kubectl::command::{Cmd, full_body, items, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::kubeconfig::errno_text;
use crate::kubectl::output::Printer;
use crate::kubectl::printers::json as go_json;
use crate::kubectl::rest::Call;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const FLAGS: &[Flag] = &[
    flag("namespaces", FlagKind::Slice, "", "A comma separated list of namespaces to dump."),
    flag(
        "output-directory",
        FlagKind::Text,
        "",
        "Where to output the files.  If empty or '-' uses stdout, otherwise creates a directory hierarchy in that directory",
    ),
    flag(
        "pod-running-timeout",
        FlagKind::Duration,
        "20s",
        "The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running",
    ),
];

const JSON: &[Flag] = &[crate::kubectl::flags::short("output", 'o', FlagKind::Text, "json", "")];

/// `cluster-info dump`.
pub const DUMP: Verb = Verb {
    name: "dump",
    usage: "[flags]",
    short: "Dump relevant information for debugging and diagnosis",
    examples: "# Everything of all namespaces, in files\nkubectl cluster-info dump -A --output-directory=state",
    flags: &[FLAGS, JSON, ALL_NAMESPACES, OUTPUT],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

/// The lists of a namespace, and their files.
const LISTS: &[(Kind, &str)] = &[
    (Kind::Event, "events"),
    (Kind::ReplicationController, "replication-controllers"),
    (Kind::Service, "services"),
    (Kind::DaemonSet, "daemonsets"),
    (Kind::Deployment, "deployments"),
    (Kind::ReplicaSet, "replicasets"),
    (Kind::Pod, "pods"),
];

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let mut dump = Dump { cmd, printer: Printer::from_flags(cmd, false).await? };
    dump.list(Kind::Node, "", "nodes").await?;
    let namespaces = if cmd.flags.on("all-namespaces") {
        cmd.list(Kind::Namespace, "", "", "").await?.iter().map(|ns| text(ns, &["metadata", "name"])).collect()
    } else if cmd.flags.list("namespaces").is_empty() {
        vec!["kube-system".to_owned(), cmd.namespace().0]
    } else {
        cmd.flags.list("namespaces")
    };
    for namespace in namespaces {
        let mut pods = Value::Null;
        for (kind, file) in LISTS {
            pods = dump.list(*kind, &namespace, &format!("{namespace}/{file}")).await?;
        }
        for pod in items(&pods, &["items"]) {
            let mut log = String::new();
            for container in items(pod, &["spec", "initContainers"]).iter().chain(items(pod, &["spec", "containers"])) {
                log += &dump.log(&namespace, &text(pod, &["metadata", "name"]), &text(container, &["name"])).await;
            }
            dump.write(&format!("{namespace}/{}/logs", text(pod, &["metadata", "name"])), ".txt", &log).await?;
        }
    }
    if let Some(folder) = dump.folder() {
        cmd.print(&format!("Cluster info dumped to {folder}\n")).await;
    }
    Ok(())
}

struct Dump<'a> {
    cmd: &'a Cmd,
    printer: Option<Printer>,
}

impl Dump<'_> {
    fn folder(&self) -> Option<&str> {
        Some(self.cmd.flags.text("output-directory")).filter(|folder| !folder.is_empty() && *folder != "-")
    }

    /// Writes a list, and gives it back.
    async fn list(&mut self, kind: Kind, namespace: &str, file: &str) -> Result<Value, Fail> {
        let call = Call::new("GET", crate::kubectl::command::list_path(kind, namespace));
        let mut list = self.cmd.json(call).await?;
        let info = kind.info();
        list["kind"] = json!(format!("{}List", info.kind));
        list["apiVersion"] = json!(info.api_version());
        let output = self.cmd.flags.text("output");
        let extension = match output {
            "" | "json" => ".json",
            "yaml" => ".yaml",
            _ => ".txt",
        };
        let shown = match &mut self.printer {
            None => go_json::indented(&list, "    ") + "\n",
            Some(printer) => {
                let (shown, result) = printer.print(&list, "");
                result?;
                shown
            }
        };
        self.write(file, extension, &shown).await?;
        Ok(list)
    }

    async fn log(&self, namespace: &str, pod: &str, container: &str) -> String {
        let path = format!("{}/log", object_path(Kind::Pod, namespace, pod));
        let log = match self.cmd.request(Call::new("GET", path).query("container", container)).await {
            Ok(mut response) => String::from_utf8_lossy(&full_body(&mut response).await).into_owned(),
            Err(e) => format!("Request log error: {}\n", e.message()),
        };
        let place = format!("logs for container {container} of pod {namespace}/{pod} ====");
        format!("==== START {place}\n{log}==== END {place}\n")
    }

    /// Writes to stdout, or to a file of the folder.
    async fn write(&self, file: &str, extension: &str, text: &str) -> Result<(), Fail> {
        let Some(folder) = self.folder() else {
            self.cmd.print(text).await;
            return Ok(());
        };
        let path = self.cmd.ctx.resolve(&format!("{}/{file}{extension}", folder.trim_end_matches('/')));
        let failed = |e: crate::process::Errno| Fail::Text(format!("open {path}: {}", errno_text(e)));
        self.cmd.ctx.vfs().create_dir_all(path.rsplit_once('/').map_or("/", |(above, _)| above)).map_err(failed)?;
        self.cmd.ctx.vfs().write_file(&path, text.as_bytes(), self.cmd.ctx.now()).map_err(failed)
    }
}
