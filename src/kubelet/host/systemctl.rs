//! `systemctl`: the services of a node.

use std::time::Duration;

use super::Seat;
use super::journal;
use super::services::Unit;
use super::table::since;
use crate::process::Child;

/// What stopping and starting a service takes.
const TAKES: Duration = Duration::from_millis(300);
/// Lines of the journal below a unit's status.
const STATUS_LINES: usize = 10;

pub(super) async fn run(seat: Seat) -> i32 {
    let words: Vec<String> = seat.args.iter().skip(1).filter(|word| !word.starts_with('-')).cloned().collect();
    let Some(verb) = words.first() else { return list(&seat).await };
    let names = words.get(1..).unwrap_or_default();
    match verb.as_str() {
        "list-units" => list(&seat).await,
        "daemon-reload" | "reset-failed" => 0,
        "status" | "start" | "stop" | "restart" | "is-active" | "is-enabled" | "enable" | "disable" | "cat" | "kill" => {
            if names.is_empty() {
                return seat.fail("Too few arguments.").await;
            }
            let mut code = 0;
            for name in names {
                code = code.max(one(&seat, verb, name).await);
            }
            code
        }
        other => seat.fail(&format!("Unknown command verb {other}.")).await,
    }
}

async fn one(seat: &Seat, verb: &str, name: &str) -> i32 {
    let short = name.strip_suffix(".service").unwrap_or(name);
    let short = if short == "sshd" { "ssh" } else { short };
    let Some(unit) = seat.kubelet.units().find(|unit| unit.name == short) else { return unknown(seat, verb, short).await };
    let active = seat.kubelet.is_active(unit);
    match verb {
        "status" => {
            seat.print(&status(seat, unit, active.as_ref())).await;
            if active.is_some() { 0 } else { 3 }
        }
        "is-active" => {
            seat.print(if active.is_some() { "active\n" } else { "inactive\n" }).await;
            if active.is_some() { 0 } else { 3 }
        }
        "is-enabled" => {
            seat.print("enabled\n").await;
            0
        }
        "enable" | "disable" => 0,
        "cat" => {
            let text = format!(
                "# /lib/systemd/system/{}.service\n[Unit]\nDescription={}\nDocumentation={}\n\n[Service]\nExecStart={}\nRestart=always\nRestartSec=10\n\n[Install]\nWantedBy=multi-user.target\n",
                unit.name, unit.description, unit.docs, unit.command
            );
            seat.print(&text).await;
            0
        }
        verb => {
            if matches!(verb, "stop" | "restart" | "kill") {
                seat.kubelet.stop_unit(unit);
                seat.ctx.sleep(TAKES).await;
            }
            if matches!(verb, "start" | "restart") {
                seat.kubelet.start_unit(unit);
                seat.ctx.sleep(TAKES).await;
            }
            0
        }
    }
}

async fn unknown(seat: &Seat, verb: &str, name: &str) -> i32 {
    match verb {
        "status" => {
            seat.fail(&format!("Unit {name}.service could not be found.")).await;
            4
        }
        "is-active" => {
            seat.print("inactive\n").await;
            3
        }
        "is-enabled" => seat.fail(&format!("Failed to get unit file state for {name}.service: No such file or directory")).await,
        "enable" | "disable" => seat.fail(&format!("Failed to {verb} unit: Unit file {name}.service does not exist.")).await,
        "cat" => seat.fail(&format!("No files found for {name}.service.")).await,
        verb => {
            seat.fail(&format!(
                "Failed to {verb} {name}.service: Unit {name}.service not {}.",
                if verb == "stop" { "loaded" } else { "found" }
            ))
            .await;
            5
        }
    }
}

async fn list(seat: &Seat) -> i32 {
    let mut out = String::from("  UNIT                      LOAD   ACTIVE   SUB     DESCRIPTION\n");
    for unit in seat.kubelet.units() {
        let (active, sub) = if seat.kubelet.is_active(unit).is_some() { ("active  ", "running") } else { ("inactive", "dead   ") };
        out.push_str(&format!("  {:<25} loaded {active} {sub} {}\n", format!("{}.service", unit.name), unit.description));
    }
    let count = seat.kubelet.units().count();
    out.push_str(&format!("\nLOAD   = Reflects whether the unit definition was properly loaded.\nACTIVE = The high-level unit activation state, i.e. generalization of SUB.\nSUB    = The low-level unit activation state, values depend on unit type.\n{count} loaded units listed.\n"));
    seat.print(&out).await;
    0
}

/// `2min 3s`.
fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes, seconds) = (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}min {seconds}s"),
        (0, _, _) => format!("{hours}h {minutes}min"),
        _ => format!("{days} day{} {hours}h", if days == 1 { "" } else { "s" }),
    }
}

fn status(seat: &Seat, unit: &Unit, active: Option<&Child>) -> String {
    let sim = seat.ctx.sim();
    let lines = seat.machine().journal.read(Some(unit.name));
    let mut out = format!("{} {}.service - {}\n", if active.is_some() { "●" } else { "○" }, unit.name, unit.description);
    out.push_str(&format!("     Loaded: loaded (/lib/systemd/system/{}.service; enabled; preset: enabled)\n", unit.name));
    if unit.name == "kubelet" {
        out.push_str("    Drop-In: /usr/lib/systemd/system/kubelet.service.d\n             └─10-kubeadm.conf\n");
    }
    let since_text = |ago: Duration| {
        let then = sim.timestamp().checked_sub(jiff::SignedDuration::from_secs(i64::try_from(ago.as_secs()).unwrap_or(0)));
        format!("{}; {} ago", then.unwrap_or_default().strftime("%a %Y-%m-%d %H:%M:%S UTC"), span(ago))
    };
    match active {
        Some(child) => {
            let (process, pid) = (child.process(), child.pid());
            let ago = sim.now().since(process.started);
            out.push_str(&format!("     Active: active (running) since {}\n", since_text(ago)));
            out.push_str(&format!("       Docs: {}\n   Main PID: {pid} ({})\n", unit.docs, unit.program));
            out.push_str(&format!("      Tasks: 12 (limit: 4915)\n        CPU: {}ms\n", 40 + ago.as_secs() * 7));
            out.push_str(&format!(
                "     CGroup: /system.slice/{}.service\n             └─{pid} {}\n",
                unit.name,
                process.argv.borrow().join(" ")
            ));
        }
        None => {
            let stopped = lines.last().map_or(Duration::ZERO, |entry| since(sim.timestamp(), entry.at));
            out.push_str(&format!("     Active: inactive (dead) since {}\n       Docs: {}\n", since_text(stopped), unit.docs));
        }
    }
    out.push('\n');
    let node = seat.ctx.hostname();
    for entry in &lines[lines.len().saturating_sub(STATUS_LINES)..] {
        out.push_str(&journal::line(entry, &node, "short"));
    }
    out
}
