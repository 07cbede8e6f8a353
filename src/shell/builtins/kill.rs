use super::super::dialect::Dialect;
use super::super::state::{Ran, Shell};
use crate::process::{Errno, Signal};

const USAGE: &str = "kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]";

const FIRST_REAL_TIME: i32 = 34;
const LAST_REAL_TIME: i32 = 64;

fn signal_of(text: &str) -> Option<Option<Signal>> {
    if text == "0" || text == "EXIT" {
        return Some(None);
    }
    text.parse::<i32>().ok().and_then(Signal::from_number).or_else(|| Signal::from_name(text)).map(Some)
}

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let bash = shell.dialect.is_bash();
    let mut rest = words.get(1..).unwrap_or(&[]);
    let mut signal = Some(Signal::TERM);
    match rest.first().map(String::as_str) {
        Some("-l" | "-L") => return list(shell, rest.get(1..).unwrap_or(&[])).await,
        Some("--") => rest = rest.get(1..).unwrap_or(&[]),
        Some(option) if option.len() > 1 && option.starts_with('-') => {
            if bash && matches!(option, "-s" | "-n") && rest.len() < 2 {
                shell.complain(Some("kill"), &format!("{option}: option requires an argument")).await;
                return Ok(1);
            }
            let (text, used) = match option {
                "-s" | "-n" => (rest.get(1).cloned().unwrap_or_default(), 2),
                _ => (option.trim_start_matches('-').to_owned(), 1),
            };
            match signal_of(&text) {
                Some(found) => signal = found,
                None if bash => {
                    shell.complain(Some("kill"), &format!("{text}: invalid signal specification")).await;
                    return Ok(1);
                }
                None if shell.dialect.is_dash() => {
                    let message = match used {
                        1 => format!("Illegal option -{}", text.chars().take(1).collect::<String>()),
                        _ => format!("invalid signal number or name: {text}"),
                    };
                    return shell.special_error(Some("kill"), &message).await;
                }
                None => {
                    shell.ctx.eprint(&format!("sh: bad signal name '{text}'\n")).await;
                    return Ok(1);
                }
            }
            rest = rest.get(used..).unwrap_or(&[]);
        }
        _ => {}
    }
    if rest.is_empty() {
        if bash {
            shell.ctx.eprint(&format!("kill: usage: {USAGE}\n")).await;
            return Ok(2);
        }
        if shell.dialect.is_dash() {
            let usage = "Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]";
            return shell.special_error(Some("kill"), usage).await;
        }
        shell.ctx.eprint("sh: you need to specify whom to kill\n").await;
        return Ok(1);
    }
    let mut status = 0;
    for target in rest {
        status = status.max(one(shell, target, signal).await?);
    }
    // What a process does on a signal, it does before the shell goes on.
    shell.ctx.sim().yield_now().await;
    shell.check_signals().await?;
    Ok(status)
}

async fn one(shell: &mut Shell, target: &str, signal: Option<Signal>) -> Ran {
    let bash = shell.dialect.is_bash();
    if target.starts_with('%') {
        shell.jobs.refresh();
        let Some(job) = shell.job("kill", target, |_| true).await else {
            return shell.mistaken(Some("kill"));
        };
        shell.killed_at = Some(shell.ctx.now());
        if shell.options.monitor {
            let _ = shell.ctx.kill(-i64::from(job.group()), signal);
        } else {
            for (child, _) in &job.children {
                let _ = shell.ctx.kill(i64::from(child.pid()), signal);
            }
        }
        return Ok(0);
    }
    let Ok(pid) = target.parse::<i64>() else {
        let message = if bash { format!("{target}: arguments must be process or job IDs") } else { format!("Illegal number: {target}") };
        if shell.dialect.is_ash() {
            shell.ctx.eprint(&format!("sh: invalid number '{target}'\n")).await;
            return Ok(1);
        }
        shell.complain(Some("kill"), &message).await;
        return Ok(if bash { 1 } else { 2 });
    };
    match shell.ctx.kill(pid, signal) {
        Ok(()) => {
            shell.killed_at = Some(shell.ctx.now());
            Ok(0)
        }
        Err(errno) => {
            match shell.dialect {
                super::super::dialect::Dialect::Bash => shell.complain(Some("kill"), &format!("({pid}) - {errno}")).await,
                super::super::dialect::Dialect::Dash => shell.complain(Some("kill"), &format!("{errno}\n")).await,
                super::super::dialect::Dialect::Ash => {
                    let text = format!("sh: can't kill pid {pid}: {errno}\n");
                    shell.ctx.eprint(&text).await;
                }
            }
            Ok(if errno == Errno::EPERM || errno == Errno::ESRCH { 1 } else { 2 })
        }
    }
}

/// The table of `kill -l`. The real-time signals stand there, too; nothing here sends them.
fn all(dialect: Dialect) -> String {
    let plain = Signal::ALL.iter().map(|signal| (signal.number(), signal.name().to_owned()));
    let real_time = (FIRST_REAL_TIME..=LAST_REAL_TIME).map(|number| {
        let (up, down) = (number - FIRST_REAL_TIME, LAST_REAL_TIME - number);
        let name = match (up, down) {
            (0, _) => "RTMIN".to_owned(),
            (_, 0) => "RTMAX".into(),
            (1..=15, _) => format!("RTMIN+{up}"),
            _ => format!("RTMAX-{down}"),
        };
        (number, name)
    });
    let signals: Vec<(i32, String)> = plain.chain(real_time).collect();
    match dialect {
        Dialect::Bash => {
            let row = |row: &[(i32, String)]| {
                let cells: Vec<String> = row.iter().map(|(number, name)| format!("{number:>2}) SIG{name}")).collect();
                // bash ends a line that is not full with the blank that stands between names.
                format!("{}{}\n", cells.join("\t"), if row.len() < 5 { "\t" } else { "" })
            };
            signals.chunks(5).map(row).collect()
        }
        Dialect::Dash => {
            let mut names: Vec<(i32, String)> = signals;
            names.extend([(32, "32".into()), (33, "33".into())]);
            names.sort();
            names.iter().fold("0\n".to_owned(), |text, (_, name)| text + name + "\n")
        }
        // busybox knows the newer name of SIGIO, and no real-time signals.
        Dialect::Ash => {
            let name = |signal: &Signal| if *signal == Signal::IO { "POLL" } else { signal.name() };
            Signal::ALL.iter().map(|signal| format!("{:>2}) {}\n", signal.number(), name(signal))).collect()
        }
    }
}

async fn list(shell: &mut Shell, wanted: &[String]) -> Ran {
    let mut text = String::new();
    for word in wanted {
        let answer = match word.parse::<i32>() {
            Ok(number) => Signal::from_number(if number > 128 { number - 128 } else { number }).map(|s| s.name().to_owned()),
            // dash wants a number.
            Err(_) if shell.dialect.is_dash() => None,
            Err(_) => Signal::from_name(word).map(|s| s.number().to_string()),
        };
        match answer {
            Some(answer) => text.push_str(&format!("{answer}\n")),
            None if shell.dialect.is_dash() => {
                return shell.special_error(Some("kill"), &format!("Illegal number: {word}")).await;
            }
            None => {
                shell.complain(Some("kill"), &format!("{word}: invalid signal specification")).await;
                return Ok(1);
            }
        }
    }
    if wanted.is_empty() {
        text = all(shell.dialect);
    }
    Ok(shell.out("kill", &text).await)
}
