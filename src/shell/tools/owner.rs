//! Users and groups: `/etc/passwd` and `/etc/group`.

use super::tool::Tool;

fn table(t: &Tool, path: &str) -> Vec<Vec<String>> {
    let bytes = t.vfs().read_file(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).lines().map(|line| line.split(':').map(str::to_owned).collect()).collect()
}

fn by_number(t: &Tool, path: &str, id: u32) -> Option<String> {
    let id = id.to_string();
    table(t, path).into_iter().find(|row| row.get(2) == Some(&id))?.into_iter().next()
}

/// The name of a user, or the number.
pub(super) fn user(t: &Tool, uid: u32) -> String {
    by_number(t, "/etc/passwd", uid).unwrap_or_else(|| uid.to_string())
}

/// The name of a user, if it has one.
pub(super) fn user_name(t: &Tool, uid: u32) -> Option<String> {
    by_number(t, "/etc/passwd", uid)
}

/// The name of a group, or the number.
pub(super) fn group(t: &Tool, gid: u32) -> String {
    by_number(t, "/etc/group", gid).unwrap_or_else(|| gid.to_string())
}

/// User and group number of a user.
pub(super) fn find_user(t: &Tool, name: &str) -> Option<(u32, u32)> {
    let row = table(t, "/etc/passwd").into_iter().find(|row| row.first().is_some_and(|n| n == name))?;
    Some((row.get(2)?.parse().ok()?, row.get(3)?.parse().ok()?))
}

/// The number of a group.
pub(super) fn find_group(t: &Tool, name: &str) -> Option<u32> {
    table(t, "/etc/group").into_iter().find(|row| row.first().is_some_and(|n| n == name))?.get(2)?.parse().ok()
}

/// The groups a user is in besides its own.
pub(super) fn more_groups(t: &Tool, user: &str) -> Vec<u32> {
    let member = |row: &&Vec<String>| row.get(3).is_some_and(|names| names.split(',').any(|n| n == user));
    table(t, "/etc/group").iter().filter(member).filter_map(|row| row.get(2)?.parse().ok()).collect()
}
