use super::owner;
use super::tool::Tool;

/// `chown` and `chgrp`
pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options("RvcfhHLP", &[("recursive", 'R'), ("no-dereference", 'h')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut operands = options.operands.clone();
    if operands.is_empty() {
        return t.misuse("missing operand", 1).await;
    }
    let spec = operands.remove(0);
    if operands.is_empty() {
        return t.misuse(&format!("missing operand after {}", t.quote(&spec)), 1).await;
    }
    let (user, group) = if t.name == "chgrp" {
        ("", Some(spec.as_str()))
    } else {
        match spec.split_once([':', '.']) {
            Some((user, group)) => (user, Some(group)),
            None => (spec.as_str(), None),
        }
    };
    let uid = if user.is_empty() { None } else { Some(user.parse().ok().or_else(|| owner::find_user(&t, user).map(|u| u.0))) };
    let gid = group.filter(|g| !g.is_empty()).map(|g| g.parse().ok().or_else(|| owner::find_group(&t, g)));
    if uid == Some(None) || gid == Some(None) {
        let what = if uid == Some(None) { "user" } else { "group" };
        let message = if t.busybox() {
            format!("unknown {what} {}", if uid == Some(None) { user } else { group.unwrap_or("") })
        } else {
            format!("invalid {what}: {}", t.quote(&spec))
        };
        t.complain(&message).await;
        return 1;
    }
    let (uid, gid) = (uid.flatten(), gid.flatten());
    let mut status = 0;
    let mut todo: Vec<String> = operands.into_iter().rev().collect();
    while let Some(name) = todo.pop() {
        let meta = match t.meta(&name, true) {
            Ok(meta) => meta,
            Err(errno) => {
                let message = if t.busybox() { format!("{name}: {errno}") } else { format!("cannot access {}: {errno}", t.name_of(&name)) };
                t.complain(&message).await;
                status = 1;
                continue;
            }
        };
        let who = t.who();
        let allowed = who.uid == 0 || (meta.uid == who.uid && uid.is_none_or(|u| u == meta.uid) && gid.is_none_or(|g| g == who.gid));
        let result = match allowed {
            false => Err(crate::process::Errno::EPERM),
            true => t.vfs().change(&t.path(&name), who, |inode| {
                inode.uid = uid.unwrap_or(inode.uid);
                inode.gid = gid.unwrap_or(inode.gid);
            }),
        };
        if let Err(errno) = result {
            let what = if uid.is_some() { "ownership" } else { "group" };
            let message =
                if t.busybox() { format!("{name}: {errno}") } else { format!("changing {what} of {}: {errno}", t.name_of(&name)) };
            t.complain(&message).await;
            status = 1;
        }
        if options.has('R') && meta.is_dir() {
            let names = t.vfs().read_dir(&t.path(&name), t.who()).unwrap_or_default();
            todo.extend(names.into_iter().rev().map(|inner| format!("{}/{inner}", name.trim_end_matches('/'))));
        }
    }
    status
}
