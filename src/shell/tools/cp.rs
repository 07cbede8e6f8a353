use super::copy::{How, Kind, copy, destination, make_parents, no_directory};
use super::tool::Tool;

pub(super) async fn run(t: Tool) -> i32 {
    let long = [
        ("recursive", 'r'),
        ("archive", 'a'),
        ("force", 'f'),
        ("interactive", 'i'),
        ("no-clobber", 'n'),
        ("verbose", 'v'),
        ("preserve", 'p'),
        ("update", 'u'),
        ("target-directory", 't'),
        ("no-target-directory", 'T'),
        ("dereference", 'L'),
        ("link", 'l'),
        ("symbolic-link", 's'),
        ("no-dereference", 'P'),
        ("parents", '5'),
        ("backup", 'b'),
    ];
    let options = match t.options("rRafinvput:TLdPHlsb|5", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let how = How {
        recursive: options.has('r') || options.has('R') || options.has('a'),
        preserve: options.has('p') || options.has('a'),
        links: (options.has('a') || options.has('d') || options.has('P') || options.has('r') || options.has('R')) && !options.has('L'),
        no_clobber: options.has('n'),
        verbose: options.has('v'),
        update: options.has('u'),
        kind: match (options.has('l'), options.has('s')) {
            (true, _) => Kind::HardLinks,
            (_, true) => Kind::SymbolicLinks,
            _ => Kind::Copies,
        },
        asks: options.has('i') && !options.has('f') && !options.has('n'),
        backup: options.has('b'),
    };
    let mut sources = options.operands.clone();
    let target = match options.value('t') {
        Some(target) => target.to_owned(),
        None => match sources.pop() {
            None if t.busybox() => return t.hint(1).await,
            None => return t.misuse("missing file operand", 1).await,
            Some(only) if sources.is_empty() => {
                if t.busybox() {
                    return t.hint(1).await;
                }
                return t.misuse(&format!("missing destination file operand after {}", t.name_of(&only)), 1).await;
            }
            Some(target) => target,
        },
    };
    if sources.len() > 1 && !t.is_dir(&target) {
        return no_directory(&t, &sources, &target).await;
    }
    let mut status = 0;
    for source in &sources {
        let mut to = if options.has('T') { target.clone() } else { destination(&t, source, &target) };
        if options.has('5') {
            to = format!("{}/{}", target.trim_end_matches('/'), source.trim_start_matches('/'));
            make_parents(&t, &to, target.len());
        }
        if !copy(&t, source, &to, how).await {
            status = 1;
        }
    }
    status
}
