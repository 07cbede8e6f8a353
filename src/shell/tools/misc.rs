//! Small commands: install, nohup, watch, shuf, less, more, tput, man, vi, nano.

use std::time::Duration;

use super::clock;
use super::copy::{How, base, copy};
use super::env::{cannot_run, child};
use super::options::Options;
use super::owner;
use super::tool::{Tool, records};
use crate::process::{Disposition, OpenOptions, Signal};

pub(super) async fn install(t: Tool) -> i32 {
    let long = [
        ("mode", 'm'),
        ("directory", 'd'),
        ("owner", 'o'),
        ("group", 'g'),
        ("verbose", 'v'),
        ("target-directory", 't'),
        ("preserve-timestamps", 'p'),
    ];
    let options = match t.options("m:do:g:vDpct:", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mode = |old: u32| options.value('m').map_or(Some(0o755), |text| super::mode::parse(text, old, false, 0));
    let Some(mode) = mode(0) else {
        return t.misuse(&format!("invalid mode {}", t.quote(options.value('m').unwrap_or_default())), 1).await;
    };
    let owner = match installed_owner(&t, &options) {
        Ok(owner) => owner,
        Err(message) => {
            t.complain(&message).await;
            return 1;
        }
    };
    let mut operands = options.operands.clone();
    if operands.is_empty() {
        return t.misuse("missing file operand", 1).await;
    }
    let mut status = 0;
    if options.has('d') {
        for name in &operands {
            let _ = t.vfs().create_dir_all(&t.path(name));
            status |= set_attributes(&t, name, mode, owner).await;
        }
        return status;
    }
    let target = match options.value('t') {
        Some(target) => target.to_owned(),
        None if operands.len() < 2 => {
            let only = t.name_of(operands.first().map_or("", String::as_str));
            return t.misuse(&format!("missing destination file operand after {only}"), 1).await;
        }
        None => operands.pop().unwrap_or_default(),
    };
    if options.has('D')
        && let Some((parents, _)) = target.rsplit_once('/')
    {
        let _ = t.vfs().create_dir_all(&t.path(parents));
    }
    for source in &operands {
        let to = if t.is_dir(&target) { format!("{}/{}", target.trim_end_matches('/'), base(source)) } else { target.clone() };
        if t.is_dir(source) {
            t.complain(&format!("omitting directory {}", t.name_of(source))).await;
            status = 1;
        } else if copy(&t, source, &to, How { verbose: options.has('v'), preserve: options.has('p'), ..How::default() }).await {
            status |= set_attributes(&t, &to, mode, owner).await;
        } else {
            status = 1;
        }
    }
    status
}

/// The user and the group of `-o` and `-g`; `Err`: there is none of that name.
fn installed_owner(t: &Tool, options: &Options) -> Result<(Option<u32>, Option<u32>), String> {
    let user = options.value('o').map(|name| {
        let found = name.parse().ok().or_else(|| owner::find_user(t, name).map(|user| user.0));
        found.ok_or_else(|| format!("invalid user {}", t.quote(name)))
    });
    let group = options.value('g').map(|name| {
        let found = name.parse().ok().or_else(|| owner::find_group(t, name));
        found.ok_or_else(|| format!("invalid group {}", t.quote(name)))
    });
    Ok((user.transpose()?, group.transpose()?))
}

/// Gives what was installed its mode and its owner.
async fn set_attributes(t: &Tool, name: &str, mode: u32, (user, group): (Option<u32>, Option<u32>)) -> i32 {
    let who = t.who();
    let foreign = who.uid != 0 && (user.is_some_and(|uid| uid != who.uid) || group.is_some_and(|gid| gid != who.gid));
    let changed = t.vfs().change(&t.path(name), who, |inode| {
        inode.mode = mode;
        if !foreign {
            inode.uid = user.unwrap_or(inode.uid);
            inode.gid = group.unwrap_or(inode.gid);
        }
    });
    if foreign {
        t.complain(&format!("cannot change ownership of {}: Operation not permitted", t.name_of(name))).await;
    }
    i32::from(foreign || changed.is_err())
}

pub(super) async fn nohup(t: Tool) -> i32 {
    let words = t.args.get(1..).unwrap_or(&[]);
    let words = if words.first().is_some_and(|w| w == "--") { words.get(1..).unwrap_or(&[]) } else { words };
    let Some(command) = words.first() else { return t.misuse("missing operand", 125).await };
    if t.ctx.is_tty(1) {
        let to = if t.ctx.is_tty(0) { "ignoring input and appending output to 'nohup.out'" } else { "appending output to 'nohup.out'" };
        let file = match t.ctx.open_file("nohup.out", OpenOptions::APPEND) {
            Ok(file) => file,
            Err(errno) => {
                t.complain(&format!("failed to open 'nohup.out': {errno}")).await;
                return 125;
            }
        };
        t.complain(to).await;
        t.ctx.set_file(1, file.clone());
        if t.ctx.is_tty(2) {
            t.ctx.set_file(2, file);
        }
    } else if t.ctx.is_tty(0) {
        t.complain("ignoring input").await;
    }
    t.ctx.set_disposition(Signal::HUP, Disposition::Ignore);
    match t.ctx.exec(words.to_vec()).await {
        Ok(status) => status,
        Err(errno) => cannot_run(&t, command, errno).await,
    }
}

/// `nice [-n N] command`: niceness changes nothing here, and is forgotten.
pub(super) async fn nice(mut t: Tool) -> i32 {
    if let Some(word) = t.args.get_mut(1)
        && word.len() > 1
        && word.strip_prefix('-').is_some_and(|rest| rest.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit()))
    {
        word.insert(1, 'n');
    }
    let options = match t.options("+n:", &[("adjustment", 'n')], 125).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let adjustment = match options.value('n').map(|text| (text, text.parse::<i32>())) {
        None => 10,
        Some((_, Ok(n))) => n,
        Some((text, Err(_))) => {
            t.complain(&format!("invalid adjustment {}", t.quote(text))).await;
            return 125;
        }
    };
    let Some(command) = options.operands.first() else {
        if options.has('n') {
            return t.misuse("a command must be given with an adjustment", 125).await;
        }
        t.out("0\n").await;
        return 0;
    };
    if adjustment < 0 && t.who().uid != 0 {
        t.complain("cannot set niceness: Permission denied").await;
    }
    match t.ctx.exec(options.operands.clone()).await {
        Ok(status) => status,
        Err(errno) => cannot_run(&t, command, errno).await,
    }
}

pub(super) async fn watch(t: Tool) -> i32 {
    let long = [("interval", 'n'), ("no-title", 't'), ("differences", 'd'), ("errexit", 'e'), ("exec", 'x'), ("chgexit", 'g')];
    let options = match t.options("+n:tdexgbc", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return t.hint(1).await;
    }
    let seconds = options.value('n').unwrap_or("2").replace(',', ".");
    let Ok(interval) = seconds.parse::<f64>() else {
        t.complain(&format!("failed to parse argument: '{seconds}'")).await;
        return 1;
    };
    if !t.ctx.is_tty(1) && !t.busybox() {
        t.ctx.eprint("Error opening terminal: unknown.\n").await;
        return 1;
    }
    let interval = interval.clamp(0.1, 4_000_000.0);
    let command = options.operands.join(" ");
    let argv = match options.has('x') {
        true => options.operands.clone(),
        false => vec!["sh".to_owned(), "-c".to_owned(), command.clone()],
    };
    loop {
        let left = format!("Every {interval:.1}s: {command}");
        let right = format!("{}: {}", t.ctx.hostname(), clock::format("%a %b %e %H:%M:%S %Y", t.ctx.sim().timestamp()));
        let columns = t.ctx.tty().map_or(80, |tty| usize::from(tty.window().columns));
        let gap = columns.saturating_sub(left.chars().count() + right.chars().count()).max(1);
        let title = if options.has('t') { String::new() } else { format!("{left}{}{right}\n\n", " ".repeat(gap)) };
        if !t.out(format!("\u{1b}[H\u{1b}[2J{title}")).await {
            return 1;
        }
        let child = match child(&t, &argv) {
            Ok(child) => child,
            Err(errno) => return cannot_run(&t, argv.first().map_or("", String::as_str), errno).await,
        };
        let status = child.wait().await.code();
        if status == 130 || (options.has('e') && status != 0) {
            return status;
        }
        t.ctx.sleep(Duration::from_millis((interval * 1000.0) as u64)).await;
    }
}

pub(super) async fn shuf(t: Tool) -> i32 {
    let long = [("echo", 'e'), ("input-range", 'i'), ("head-count", 'n'), ("output", 'o'), ("repeat", 'r'), ("zero-terminated", 'z')];
    let options = match t.options("ei:n:o:rz", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    const LIMIT_LINES: usize = 1_000_000;
    let mut items: Vec<Vec<u8>> = match options.value('i') {
        Some(range) => {
            let bounds = range.split_once('-').and_then(|(low, high)| Some((low.parse::<u64>().ok()?, high.parse::<u64>().ok()?)));
            let Some((low, high)) = bounds else {
                t.complain(&format!("invalid input range: {}", t.quote(range))).await;
                return 1;
            };
            (low..=high).take(LIMIT_LINES).map(|n| n.to_string().into_bytes()).collect()
        }
        None if options.has('e') => options.operands.iter().map(|word| word.clone().into_bytes()).collect(),
        None => {
            let mut status = 0;
            let bytes = t.read_inputs(&options.operands, &mut status).await;
            if status != 0 {
                return status;
            }
            records(&bytes, if options.has('z') { 0 } else { b'\n' }).into_iter().map(<[u8]>::to_vec).collect()
        }
    };
    let count = match options.value('n').map(str::parse::<usize>) {
        Some(Err(_)) => {
            t.complain(&format!("invalid line count: {}", t.quote(options.value('n').unwrap_or_default()))).await;
            return 1;
        }
        count => count.and_then(Result::ok).unwrap_or(if options.has('r') { LIMIT_LINES } else { usize::MAX }),
    };
    let mut out = match options.value('o').map(|name| (name, t.create(name, false))) {
        None => t.ctx.file(1).ok(),
        Some((_, Ok(file))) => Some(file),
        Some((name, Err(errno))) => {
            t.complain(&format!("{name}: {errno}")).await;
            return 1;
        }
    };
    let mut at = 0;
    while at < count && !items.is_empty() && (options.has('r') || at < items.len()) {
        let from = if options.has('r') { 0 } else { at };
        let pick = from + t.ctx.sim().rng().below((items.len() - from) as u64) as usize;
        let mut line = items.get(pick).cloned().unwrap_or_default();
        if !options.has('r') {
            items.swap(at, pick);
        }
        line.push(if options.has('z') { 0 } else { b'\n' });
        let Some(file) = &mut out else { return 1 };
        if t.write_to(file, &line).await.is_err() {
            return 1;
        }
        at += 1;
    }
    0
}

/// less and more show everything: the terminal scrolls back.
pub(super) async fn pager(t: Tool) -> i32 {
    let mut files: Vec<String> = t.args.iter().skip(1).filter(|word| !word.starts_with(['-', '+']) || *word == "-").cloned().collect();
    if files.is_empty() {
        if t.ctx.is_tty(0) {
            let hint = if t.name == "less" {
                "Missing filename (\"less --help\" for help)\n"
            } else {
                "more: bad usage\nTry 'more --help' for more information.\n"
            };
            t.ctx.eprint(hint).await;
            return 1;
        }
        files.push("-".into());
    }
    let mut status = 0;
    for name in files {
        if t.is_dir(&name) {
            let text = if t.name == "less" { format!("{name} is a directory\n") } else { format!("\n*** {name}: directory ***\n\n") };
            t.ctx.eprint(&text).await;
            status = 1;
            continue;
        }
        match t.read(&name).await {
            Ok(bytes) => {
                if !t.out(bytes).await {
                    return 1;
                }
            }
            Err(errno) => {
                let text = if t.name == "less" { format!("{name}: {errno}\n") } else { format!("more: cannot open {name}: {errno}\n") };
                t.ctx.eprint(&text).await;
                status = 1;
            }
        }
    }
    status
}

pub(super) async fn tput(t: Tool) -> i32 {
    let window = t.ctx.tty().map(|tty| tty.window());
    let (columns, rows) = window.map_or((80, 24), |w| (w.columns, w.rows));
    let Some(what) = t.args.get(1) else { return t.hint(2).await };
    let color = t.args.get(2).map_or("0", String::as_str);
    let text = match what.as_str() {
        "cols" => format!("{columns}\n"),
        "lines" => format!("{rows}\n"),
        "colors" => "256\n".into(),
        "clear" => "\u{1b}[H\u{1b}[2J\u{1b}[3J".into(),
        "bold" => "\u{1b}[1m".into(),
        "dim" => "\u{1b}[2m".into(),
        "smul" => "\u{1b}[4m".into(),
        "rmul" => "\u{1b}[24m".into(),
        "rev" => "\u{1b}[7m".into(),
        "sgr0" => "\u{1b}(B\u{1b}[m".into(),
        "setaf" => format!("\u{1b}[3{color}m"),
        "setab" => format!("\u{1b}[4{color}m"),
        "civis" => "\u{1b}[?25l".into(),
        "cnorm" => "\u{1b}[?12l\u{1b}[?25h".into(),
        other => {
            t.complain(&format!("unknown terminfo capability '{other}'")).await;
            return 4;
        }
    };
    i32::from(!t.out(text).await)
}

pub(super) async fn sync(_: Tool) -> i32 {
    0
}

/// Manual pages are not there; what commands say of themselves is.
pub(super) async fn man(t: Tool) -> i32 {
    let Some(name) = t.args.iter().skip(1).find(|word| !word.starts_with('-') && word.parse::<u8>().is_err()) else {
        t.ctx.eprint("What manual page do you want?\nFor example, try 'man man'.\n").await;
        return 1;
    };
    if t.ctx.look_up(name).is_err() {
        t.ctx.eprint(&format!("No manual entry for {name}\n")).await;
        return 16;
    }
    t.ctx.eprint(&format!("man: manual pages are not simulated in Podground: see '{name} --help'\n")).await;
    1
}

/// Editors take over a screen, which nothing here does: the page has an editor of its own.
pub(super) async fn editor(t: Tool) -> i32 {
    let file = t.args.iter().skip(1).find(|word| !word.starts_with(['-', '+']));
    if let Some(file) = file
        && t.meta(file, true).is_err()
        && let Err(errno) = t.create(file, false)
    {
        t.complain(&format!("{file}: {errno}")).await;
        return 1;
    }
    let what = file.map_or("files of the home directory".to_owned(), |file| format!("'{file}'"));
    t.complain(&format!("a full-screen editor is not simulated in Podground: edit {what} in the editor beside the terminal")).await;
    1
}
