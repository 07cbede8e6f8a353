use super::owner;
use super::tool::Tool;

const LONG: &[(&str, char)] =
    &[("recursive", 'R'), ("no-dereference", 'h'), ("verbose", 'v'), ("changes", 'c'), ("silent", 'f'), ("quiet", 'f')];

/// `chown` and `chgrp`
pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options("RvcfhHLP", LONG, 1).await {
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
    let (uid, gid) = match ids(&t, &spec) {
        Ok(ids) => ids,
        Err(message) => {
            t.complain(&message).await;
            return 1;
        }
    };
    let mut status = 0;
    let mut todo: Vec<String> = operands.into_iter().rev().collect();
    while let Some(name) = todo.pop() {
        let meta = match t.meta(&name, !options.has('h')) {
            Ok(meta) => meta,
            Err(errno) => {
                let message = if t.busybox() { format!("{name}: {errno}") } else { format!("cannot access {}: {errno}", t.name_of(&name)) };
                if !options.has('f') {
                    t.complain(&message).await;
                }
                status = 1;
                continue;
            }
        };
        let who = t.who();
        let allowed = who.uid == 0 || (meta.uid == who.uid && uid.is_none_or(|u| u == meta.uid) && gid.is_none_or(|g| g == who.gid));
        let result = match allowed {
            false => Err(crate::process::Errno::EPERM),
            // A link's own owner is nobody's concern here.
            true if meta.is_symlink() => Ok(()),
            true => t.vfs().change(&t.path(&name), who, |inode| {
                inode.uid = uid.unwrap_or(inode.uid);
                inode.gid = gid.unwrap_or(inode.gid);
            }),
        };
        let refused = result.is_err();
        if let Err(errno) = result {
            let what = if uid.is_some() { "ownership" } else { "group" };
            let message =
                if t.busybox() { format!("{name}: {errno}") } else { format!("changing {what} of {}: {errno}", t.name_of(&name)) };
            if !options.has('f') {
                t.complain(&message).await;
            }
            status = 1;
        }
        let (new_uid, new_gid) = (uid.unwrap_or(meta.uid), gid.unwrap_or(meta.gid));
        let changed = (new_uid, new_gid) != (meta.uid, meta.gid);
        if !refused && (options.has('v') || (options.has('c') && changed)) {
            let said = told(&t, &name, (uid, gid), (meta.uid, meta.gid));
            t.out(format!("{said}\n")).await;
        }
        if options.has('R') && meta.is_dir() {
            let names = t.vfs().read_dir(&t.path(&name), t.who()).unwrap_or_default();
            todo.extend(names.into_iter().rev().map(|inner| format!("{}/{inner}", name.trim_end_matches('/'))));
        }
    }
    status
}

/// What `-v` says: the ids that were asked for, and those it had.
fn told(t: &Tool, name: &str, asked: (Option<u32>, Option<u32>), had: (u32, u32)) -> String {
    let named = |user: u32, group: u32| match asked {
        (Some(_), Some(_)) => format!("{}:{}", owner::user(t, user), owner::group(t, group)),
        (Some(_), None) => owner::user(t, user),
        _ => owner::group(t, group),
    };
    let what = if asked.0.is_some() { "ownership" } else { "group" };
    let new = (asked.0.unwrap_or(had.0), asked.1.unwrap_or(had.1));
    match new != had {
        true => format!("changed {what} of '{name}' from {} to {}", named(had.0, had.1), named(new.0, new.1)),
        false => format!("{what} of '{name}' retained as {}", named(new.0, new.1)),
    }
}

/// The user and the group that `user:group` names; `Err`: there is none of that name.
fn ids(t: &Tool, spec: &str) -> Result<(Option<u32>, Option<u32>), String> {
    let (user, group) = if t.name == "chgrp" {
        ("", Some(spec))
    } else {
        match spec.split_once([':', '.']) {
            Some((user, group)) => (user, Some(group)),
            None => (spec, None),
        }
    };
    let uid = if user.is_empty() { None } else { Some(user.parse().ok().or_else(|| owner::find_user(t, user).map(|u| u.0))) };
    let gid = group.filter(|g| !g.is_empty()).map(|g| g.parse().ok().or_else(|| owner::find_group(t, g)));
    if uid == Some(None) || gid == Some(None) {
        let what = if uid == Some(None) { "user" } else { "group" };
        let message = if t.busybox() {
            format!("unknown {what} {}", if uid == Some(None) { user } else { group.unwrap_or("") })
        } else {
            format!("invalid {what}: {}", t.quote(spec))
        };
        return Err(message);
    }
    Ok((uid.flatten(), gid.flatten()))
}
