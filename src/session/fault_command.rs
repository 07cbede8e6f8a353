//! `fault`: breaks something in the cluster, and heals it. Podground's own command; a real cluster breaks by itself.

use crate::cluster::{Cluster, FAULT_GRAMMAR};
use crate::process::{self, ProcessContext, Program};

/// `fault` as a program of the workstation.
pub fn program(cluster: &Cluster) -> Program {
    let cluster = cluster.clone();
    process::program(move |ctx| run(ctx, cluster.clone()))
}

async fn run(ctx: ProcessContext, cluster: Cluster) -> i32 {
    let words: Vec<String> = ctx.args().into_iter().skip(1).collect();
    match words.first().map(String::as_str) {
        None | Some("-h" | "--help" | "help") => {
            ctx.print(&usage()).await;
            0
        }
        Some("list") if words.len() == 1 => {
            for fault in cluster.faults() {
                ctx.print(&format!("{fault}\n")).await;
            }
            0
        }
        Some(_) => match cluster.order(&words.join(" ")) {
            Ok(()) => 0,
            Err(message) => {
                ctx.eprint(&format!("fault: {message}\n")).await;
                1
            }
        },
    }
}

fn usage() -> String {
    let mut text = String::from("Breaks something in the simulated cluster, to see what Kubernetes makes of it.\n\nUsage:\n");
    for (name, form, does) in FAULT_GRAMMAR {
        text += &format!("  fault {:<52} {does}\n", format!("{name} {form}"));
    }
    for (form, does) in [("heal FAULT", "heal it"), ("heal", "heal everything"), ("list", "list what is broken")] {
        text += &format!("  fault {form:<52} {does}\n");
    }
    text + "\nExamples:\n  fault network node-2\n  fault heal network node-2\n  fault kill-process web main nginx\n"
}
