//! `lsns`: the namespaces that the processes seen from here live in. Models util-linux.

use std::collections::BTreeMap;

use super::super::tool::Tool;
use super::ps::user_name;
use crate::process::NamespaceKind;

/// One namespace: kind, processes in it, the first of them, its user and command.
struct Row {
    kind: NamespaceKind,
    processes: usize,
    pid: u32,
    user: String,
    command: String,
}

pub(in super::super) async fn run(t: Tool) -> i32 {
    let long = [("type", 't'), ("task", 'p'), ("noheadings", 'n'), ("list", 'l'), ("notruncate", 'W'), ("output", 'o'), ("json", 'J')];
    let options = match t.options("t:p:nluWo:J", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.has('o') || options.has('J') {
        t.complain("other columns and JSON are not simulated in Podground").await;
        return 1;
    }
    let kind = match options.value('t') {
        None => None,
        Some(name) => match NamespaceKind::ALL.iter().find(|kind| kind.name() == name) {
            Some(kind) => Some(*kind),
            None => {
                t.complain(&format!("unknown namespace type: {name}")).await;
                return 1;
            }
        },
    };
    let kernel = t.ctx.kernel();
    let task = match options.value('p').map(str::parse::<u32>) {
        None => None,
        Some(Ok(pid)) if kernel.seen_as(pid).is_some() => Some(pid),
        Some(_) => {
            t.complain(&format!("failed to open /proc/{}/ns: No such file or directory", options.value('p').unwrap_or_default())).await;
            return 1;
        }
    };
    let mut rows: BTreeMap<u64, Row> = BTreeMap::new();
    for (pid, process) in kernel.seen() {
        for wanted in NamespaceKind::ALL.into_iter().filter(|k| kind.is_none_or(|kind| kind == *k)) {
            let number = kernel.namespace_number(&process, wanted);
            let entry = rows.entry(number).or_insert_with(|| Row {
                kind: wanted,
                processes: 0,
                pid,
                user: user_name(&t, process.credentials.get().uid),
                command: process.argv.borrow().join(" "),
            });
            entry.processes += 1;
        }
    }
    if let Some(process) = task.and_then(|pid| kernel.seen_as(pid)) {
        let own: Vec<u64> = NamespaceKind::ALL.iter().map(|kind| kernel.namespace_number(&process, *kind)).collect();
        rows.retain(|number, _| own.contains(number));
    }
    let user_width = rows.values().map(|row| row.user.len()).max().unwrap_or(0).max(4);
    let mut out = String::new();
    if !options.has('n') {
        out.push_str(&format!("        NS TYPE   NPROCS   PID {:<user_width$} COMMAND\n", "USER"));
    }
    for (number, row) in &rows {
        let Row { kind, processes, pid, user, command } = row;
        out.push_str(&format!("{number:>10} {:<6} {processes:>6} {pid:>5} {user:<user_width$} {command}\n", kind.name()));
    }
    t.out(out).await;
    0
}
