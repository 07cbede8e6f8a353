//! Who and where: `whoami`, `hostname`, `uname`, `tty`, `nproc`, `arch`.

use super::owner;
use super::tool::Tool;

pub(super) async fn whoami(t: Tool) -> i32 {
    let options = match t.options("", &[], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if let Err(status) = t.extra(&options.operands, 0).await {
        return status;
    }
    let name = owner::user(&t, t.who().uid);
    i32::from(!t.out(format!("{name}\n")).await)
}

pub(super) async fn hostname(t: Tool) -> i32 {
    let text = match t.args.get(1).map(String::as_str) {
        None | Some("-s" | "-f" | "--fqdn" | "--short") => t.ctx.hostname(),
        Some("-i" | "-I" | "--ip-address" | "--all-ip-addresses") => t.ctx.net().ip().map_or_else(String::new, |ip| ip.to_string()),
        Some("-d" | "--domain") => String::new(),
        Some(option) if option.starts_with('-') => {
            return t.misuse(&format!("invalid option -- '{}'", option.trim_start_matches('-')), 1).await;
        }
        Some(_) => {
            t.complain("you must be root to change the host name").await;
            return 1;
        }
    };
    i32::from(!t.out(format!("{text}\n")).await)
}

pub(super) async fn uname(t: Tool) -> i32 {
    let long = [
        ("all", 'a'),
        ("kernel-name", 's'),
        ("nodename", 'n'),
        ("kernel-release", 'r'),
        ("kernel-version", 'v'),
        ("machine", 'm'),
        ("processor", 'p'),
        ("operating-system", 'o'),
    ];
    let options = match t.options("asnrvmpio", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if let Err(status) = t.extra(&options.operands, 0).await {
        return status;
    }
    let all = options.has('a');
    let host = t.ctx.hostname();
    let system = if t.busybox() { "Linux" } else { "GNU/Linux" };
    let fields =
        [('s', "Linux"), ('n', host.as_str()), ('r', "6.8.0-podground"), ('v', "#1 SMP PREEMPT_DYNAMIC"), ('m', "x86_64"), ('o', system)];
    let mut shown: Vec<&str> =
        fields.iter().filter(|(l, _)| all || options.has(*l) || (*l == 's' && options.given.is_empty())).map(|(_, v)| *v).collect();
    if (options.has('p') || options.has('i')) && !all {
        shown.push("unknown");
    }
    i32::from(!t.out(format!("{}\n", shown.join(" "))).await)
}

pub(super) async fn tty(t: Tool) -> i32 {
    let file = t.ctx.file(0).ok().filter(|f| f.tty().is_some());
    let text = file.as_ref().map_or("not a tty".into(), |f| f.path().unwrap_or_else(|| "/dev/pts/0".into()));
    t.out(format!("{text}\n")).await;
    i32::from(file.is_none())
}

pub(super) async fn nproc(t: Tool) -> i32 {
    if let Err(status) = t.extra(t.args.get(1..).unwrap_or(&[]), 0).await {
        return status;
    }
    i32::from(!t.out("2\n").await)
}

pub(super) async fn arch(t: Tool) -> i32 {
    i32::from(!t.out("x86_64\n").await)
}
