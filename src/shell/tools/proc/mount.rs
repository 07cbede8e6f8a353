//! `mount`: what is mounted here. Nobody in a container may mount anything.

use super::super::tool::Tool;
use crate::process::mounts;

pub(in super::super) async fn run(t: Tool) -> i32 {
    let options = match t.options("lt:o:avrwn", &[], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if !options.operands.is_empty() || options.has('a') {
        let text = match (t.busybox(), options.operands.last()) {
            (false, Some(place)) => format!("{place}: permission denied."),
            _ => "permission denied (are you root?)".to_owned(),
        };
        t.complain(&text).await;
        return if t.busybox() { 1 } else { 32 };
    }
    let mut out = String::new();
    for line in mounts(t.vfs()).lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [what, path, kind, flags, ..] = words.as_slice() else { continue };
        if options.value('t').is_none_or(|wanted| wanted.split(',').any(|w| w == *kind)) {
            out.push_str(&format!("{what} on {path} type {kind} ({flags})\n"));
        }
    }
    t.out(out).await;
    0
}
