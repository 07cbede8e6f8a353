use super::tool::{Tool, padded};
use super::{clock, ls, owner};
use crate::process::vfs::Metadata;

fn kind(meta: &Metadata) -> &'static str {
    match meta.type_letter {
        'd' => "directory",
        'l' => "symbolic link",
        'c' => "character special file",
        'p' => "fifo",
        's' => "socket",
        _ if meta.size == 0 => "regular empty file",
        _ => "regular file",
    }
}

fn field(t: &Tool, name: &str, meta: &Metadata, letter: char) -> Option<String> {
    let at = clock::moment(t, meta.modified);
    Some(match letter {
        'n' => name.to_owned(),
        'N' => match meta.is_symlink() {
            true => format!("'{name}' -> '{}'", t.vfs().read_link(&t.path(name), t.who()).unwrap_or_default()),
            false => format!("'{name}'"),
        },
        'l' => t.vfs().read_link(&t.path(name), t.who()).unwrap_or_default(),
        's' => meta.size.to_string(),
        'a' => format!("{:o}", meta.mode),
        'A' => ls::permissions(meta),
        'F' => kind(meta).to_owned(),
        'f' => format!("{:x}", meta.mode | if meta.is_dir() { 0o40000 } else { 0o100_000 }),
        'u' => meta.uid.to_string(),
        'U' => owner::user(t, meta.uid),
        'g' => meta.gid.to_string(),
        'G' => owner::group(t, meta.gid),
        'h' => meta.links.to_string(),
        'i' => meta.inode.to_string(),
        'd' => meta.device.to_string(),
        'D' => format!("{:x}", meta.device),
        't' | 'T' => "0".into(),
        'b' => (meta.size.div_ceil(4096) * 8).to_string(),
        'B' => "512".into(),
        'o' => "4096".into(),
        'Y' | 'X' | 'Z' => at.as_second().to_string(),
        'y' | 'x' | 'z' => clock::format("%Y-%m-%d %H:%M:%S.%N %z", at),
        'w' => "-".into(),
        'W' => "0".into(),
        '%' => "%".into(),
        _ => return None,
    })
}

pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options("c:Lft|p:", &[("format", 'c'), ("printf", 'p'), ("dereference", 'L'), ("terse", 't')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return t.misuse("missing operand", 1).await;
    }
    let mut status = 0;
    for name in &options.operands {
        let meta = match t.meta(name, options.has('L')) {
            Ok(meta) => meta,
            Err(errno) => {
                let message = if t.busybox() {
                    format!("can't stat '{name}': {errno}")
                } else {
                    format!("cannot statx {}: {errno}", t.name_of(name))
                };
                t.complain(&message).await;
                status = 1;
                continue;
            }
        };
        let terse = options.has('t').then_some("%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o");
        let pattern = match options.value('c').or(terse) {
            Some(pattern) => format!("{pattern}\n"),
            None => match options.value('p') {
                Some(pattern) => super::super::interpret_escapes(pattern).0,
                None => {
                    let name = if meta.is_symlink() && !t.busybox() { "%n -> %l" } else { "%n" };
                    let birth = if t.busybox() { "" } else { " Birth: %w\n" };
                    format!(
                        "  File: {name}\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %-10d\tInode: %-10i  Links: %h\n\
                         Access: (%04a/%10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n{birth}"
                    )
                }
            },
        };
        let mut out = String::new();
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let mut flags = String::new();
            while let Some(flag) = chars.next_if(|c| c.is_ascii_digit() || *c == '-') {
                flags.push(flag);
            }
            match chars.next() {
                Some(letter) => out.push_str(&field(&t, name, &meta, letter).map_or("?".into(), |text| padded(&text, &flags))),
                None => out.push('%'),
            }
        }
        t.out(out).await;
    }
    status
}
