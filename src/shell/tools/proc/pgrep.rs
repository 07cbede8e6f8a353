//! pgrep, pidof, pkill, kill and killall.

use std::rc::Rc;

use super::super::super::regex::{Regex, Syntax};
use super::super::options::Options;
use super::super::owner;
use super::super::tool::Tool;
use crate::process::{Process, ProcessState, Signal};

fn name_of(process: &Process) -> String {
    let argv = process.argv.borrow();
    argv.first().map(|a| a.rsplit('/').next().unwrap_or(a).trim_end_matches(':').to_owned()).unwrap_or_default()
}

/// Processes with the numbers they have here.
fn found(t: &Tool, matches: impl Fn(&Process) -> bool) -> Vec<(u32, Rc<Process>)> {
    let alive = |pid: u32, p: &Process| !matches!(p.state(), ProcessState::Zombie(_)) && pid != t.ctx.pid();
    t.ctx.kernel().seen().into_iter().filter(|(pid, p)| alive(*pid, p) && matches(p)).collect()
}

/// The signal that a word gives (`-9`, `-TERM`, `-SIGTERM`).
fn signal_of(word: &str) -> Option<Signal> {
    let text = word.strip_prefix('-')?;
    text.parse().ok().and_then(Signal::from_number).or_else(|| Signal::from_name(text))
}

/// Takes the signal out of the arguments.
fn take_signal(t: &mut Tool) -> Signal {
    let at = t.args.iter().skip(1).position(|word| signal_of(word).is_some());
    at.and_then(|at| signal_of(&t.args.remove(at + 1))).unwrap_or(Signal::TERM)
}

const LONG: &[(&str, char)] = &[
    ("count", 'c'),
    ("delimiter", 'd'),
    ("full", 'f'),
    ("ignore-case", 'i'),
    ("inverse", 'v'),
    ("list-full", 'a'),
    ("list-name", 'l'),
    ("newest", 'n'),
    ("oldest", 'o'),
    ("parent", 'P'),
    ("euid", 'u'),
    ("exact", 'x'),
    ("echo", 'e'),
    ("signal", 'S'),
];

/// The processes that the arguments choose. `Err` is the status: what is wrong was said.
async fn chosen(t: &Tool, options: &Options) -> Result<Vec<(u32, Rc<Process>)>, i32> {
    let pattern = match options.operands.as_slice() {
        [] if options.has('P') || options.has('u') => String::new(),
        [] => return Err(t.misuse("no matching criteria specified", 2).await),
        [pattern] => pattern.clone(),
        _ if t.busybox() => return Err(t.hint(1).await),
        _ => return Err(t.misuse("only one pattern can be provided", 2).await),
    };
    let whole = if options.has('x') { format!("^({pattern})$") } else { pattern };
    let Ok(regex) = Regex::new(&whole, Syntax::Extended, options.has('i')) else {
        t.complain("Invalid preceding regular expression").await;
        return Err(2);
    };
    let mut users = Vec::new();
    for name in options.values('u').flat_map(|list| list.split(',')) {
        match name.parse().ok().or_else(|| owner::find_user(t, name).map(|user| user.0)) {
            Some(uid) => users.push(uid),
            None => return Err(t.misuse(&format!("invalid user name: {name}"), 2).await),
        }
    }
    let parents: Vec<u32> = options.values('P').flat_map(|list| list.split(',')).filter_map(|pid| pid.parse().ok()).collect();
    let kernel = t.ctx.kernel();
    let mut processes = found(t, |_| true);
    processes.retain(|(_, p)| {
        let text = if options.has('f') { p.argv.borrow().join(" ") } else { name_of(p) };
        let fits = regex.find_at(&text.chars().collect::<Vec<char>>(), 0).is_some()
            && (users.is_empty() || users.contains(&p.credentials.get().uid))
            && (parents.is_empty() || parents.contains(&kernel.numbers_of(p).1));
        fits != options.has('v')
    });
    if options.has('n') || options.has('o') {
        processes.sort_by_key(|(pid, p)| (p.started, *pid));
        let one = if options.has('n') { processes.pop() } else { processes.into_iter().next() };
        return Ok(one.into_iter().collect());
    }
    Ok(processes)
}

pub(in super::super) async fn pgrep(t: Tool) -> i32 {
    let options = match t.options("acd:filnovP:u:x", LONG, 2).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let processes = match chosen(&t, &options).await {
        Ok(processes) => processes,
        Err(status) => return status,
    };
    let row = |(pid, p): &(u32, Rc<Process>)| match (options.has('a'), options.has('l')) {
        (true, _) => format!("{pid} {}", p.argv.borrow().join(" ")),
        (_, true) if options.has('f') && t.busybox() => format!("{pid} {}", p.argv.borrow().join(" ")),
        (_, true) => format!("{pid} {}", name_of(p)),
        _ => pid.to_string(),
    };
    let rows: Vec<String> = processes.iter().map(row).collect();
    if options.has('c') {
        t.out(format!("{}\n", rows.len())).await;
    } else if !rows.is_empty() {
        t.out(format!("{}\n", rows.join(options.value('d').unwrap_or("\n")))).await;
    }
    i32::from(processes.is_empty())
}

pub(in super::super) async fn pkill(mut t: Tool) -> i32 {
    let mut signal = take_signal(&mut t);
    let options = match t.options("cefinovP:u:x|S:", LONG, 2).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if let Some(name) = options.value('S') {
        match signal_of(&format!("-{name}")) {
            Some(given) => signal = given,
            None => return t.misuse(&format!("unknown signal name {name}"), 2).await,
        }
    }
    let processes = match chosen(&t, &options).await {
        Ok(processes) => processes,
        Err(status) => return status,
    };
    for (pid, process) in &processes {
        let result = t.ctx.kill(i64::from(*pid), Some(signal));
        match result {
            Ok(()) if options.has('e') => drop(t.out(format!("{} killed (pid {pid})\n", name_of(process))).await),
            Ok(()) => {}
            Err(errno) => t.complain(&format!("killing pid {pid} failed: {errno}")).await,
        }
    }
    if options.has('c') {
        t.out(format!("{}\n", processes.len())).await;
    }
    i32::from(processes.is_empty())
}

pub(in super::super) async fn pidof(t: Tool) -> i32 {
    let names: Vec<String> = t.args.iter().skip(1).filter(|a| !a.starts_with('-')).cloned().collect();
    let mut pids: Vec<u32> = found(&t, |p| names.contains(&name_of(p))).iter().map(|(pid, _)| *pid).collect();
    pids.reverse();
    if pids.is_empty() {
        return 1;
    }
    let texts: Vec<String> = pids.iter().map(u32::to_string).collect();
    t.out(format!("{}\n", texts.join(" "))).await;
    0
}

/// The program, for where no shell is: `kubectl exec POD -- kill 1`.
pub(in super::super) async fn kill(t: Tool) -> i32 {
    let mut words = t.args.get(1..).unwrap_or_default();
    let mut signal = Some(Signal::TERM);
    match words.first().map(String::as_str) {
        Some("-l" | "--list") => return list(&t, words.get(1..).unwrap_or_default(), false).await,
        Some("-L" | "--table") => return list(&t, &[], true).await,
        _ => {}
    }
    if let Some(option) = words.first().filter(|word| word.len() > 1 && word.starts_with('-') && *word != "--") {
        let (text, used) = match option.as_str() {
            "-s" | "-n" => (words.get(1).map(String::as_str).unwrap_or_default(), 2),
            option => (option.trim_start_matches('-'), 1),
        };
        signal = Signal::from_name(text).or_else(|| text.parse().ok().and_then(Signal::from_number));
        if signal.is_none() && text != "0" {
            t.complain(&if t.busybox() { format!("bad signal name '{text}'") } else { format!("unknown signal name {text}") }).await;
            return 1;
        }
        words = words.get(used..).unwrap_or_default();
    }
    if words.is_empty() {
        t.complain(if t.busybox() { "you need to specify whom to kill" } else { "not enough arguments" }).await;
        return 1;
    }
    let mut status = 0;
    for word in words.iter().filter(|word| *word != "--") {
        let why = match word.parse().map(|pid: i64| (pid, t.ctx.kill(pid, signal))) {
            Ok((_, Ok(()))) => continue,
            Ok((pid, Err(errno))) if t.busybox() => format!("can't kill pid {pid}: {errno}"),
            Ok((pid, Err(errno))) => format!("({pid}): {errno}"),
            Err(_) if t.busybox() => format!("invalid number '{word}'"),
            Err(_) => format!("failed to parse argument: '{word}'"),
        };
        t.complain(&why).await;
        status = 1;
    }
    status
}

/// `kill -l`, `kill -L`
async fn list(t: &Tool, wanted: &[String], table: bool) -> i32 {
    let name = |signal: Signal| if signal == Signal::IO { "POLL" } else { signal.name() };
    for word in wanted {
        let answer = match word.parse::<i32>() {
            Ok(number) => Signal::from_number(number & 127).map(|signal| name(signal).to_owned()),
            Err(_) => Signal::from_name(word).map(|signal| signal.number().to_string()),
        };
        match answer {
            Some(answer) => drop(t.out(format!("{answer}\n")).await),
            None => {
                t.complain(&if t.busybox() { format!("unknown signal '{word}'") } else { format!("unknown signal name {word}") }).await;
                return 1;
            }
        }
    }
    if !wanted.is_empty() {
        return 0;
    }
    let cells: Vec<String> = match (t.busybox(), table) {
        (false, false) => Signal::ALL.iter().map(|signal| name(*signal).to_owned()).collect(),
        (false, true) => Signal::ALL.iter().map(|signal| format!("{:>2} {:<6}", signal.number(), name(*signal))).collect(),
        _ => Signal::ALL.iter().map(|signal| format!("{:>2}) {}", signal.number(), name(*signal))).collect(),
    };
    // procps fills lines of 80 columns, and makes seven of a table.
    let mut lines: Vec<String> = Vec::new();
    for cell in cells {
        match lines.last_mut() {
            Some(line) if !t.busybox() && if table { line.len() < 65 } else { line.len() + cell.len() < 78 } => {
                line.push_str(&format!("{}{cell}", if table { "  " } else { " " }));
            }
            _ => lines.push(cell),
        }
    }
    let text: String = lines.iter().map(|line| format!("{}\n", line.trim_end())).collect();
    i32::from(!t.out(text).await)
}

pub(in super::super) async fn killall(mut t: Tool) -> i32 {
    let signal = take_signal(&mut t);
    let options = match t.options("qs:v", &[("signal", 's'), ("quiet", 'q'), ("verbose", 'v')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let signal = match options.value('s').map(|name| (name, signal_of(&format!("-{name}")))) {
        None => signal,
        Some((_, Some(signal))) => signal,
        Some((name, None)) => {
            t.ctx.eprint(&format!("{name}: unknown signal\n")).await;
            return 1;
        }
    };
    let names = options.operands.clone();
    if names.is_empty() {
        if t.busybox() {
            t.complain("you need to specify whom to kill").await;
            return 1;
        }
        return t.misuse("", 1).await;
    }
    let mut status = 0;
    for name in &names {
        let processes = found(&t, |p| &name_of(p) == name);
        if processes.is_empty() {
            if options.has('q') {
                status = 1;
                continue;
            }
            let text = if t.busybox() { format!("{name}: no process killed") } else { format!("{name}: no process found") };
            if t.busybox() {
                t.complain(&text).await;
            } else {
                t.ctx.eprint(&format!("{text}\n")).await;
            }
            status = 1;
        }
        for (pid, _) in processes {
            let _ = t.ctx.kill(i64::from(pid), Some(signal));
            if options.has('v') {
                t.ctx.eprint(&format!("Killed {name}({pid}) with signal {}\n", signal.number())).await;
            }
        }
    }
    status
}
