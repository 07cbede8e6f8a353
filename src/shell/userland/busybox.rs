use super::{COMMANDS, Dialect, Flavor, program_of};
use crate::process::{ProcessContext, Vfs, program};

/// The size of the one binary.
const BUSYBOX_BYTES: u64 = 1_131_168;

/// Names of the list that busybox does not have.
const NOT_IN_BUSYBOX: &[&str] = &[
    "column", "csplit", "curl", "dig", "fmt", "join", "jq", "lsns", "man", "mawk", "nano", "nsenter", "numfmt", "ss", "tput", "tsort",
    "vim",
];

pub(super) fn install(vfs: &Vfs) {
    for command in COMMANDS.iter().filter(|c| !NOT_IN_BUSYBOX.contains(&c.name)) {
        vfs.install(&format!("/bin/{}", command.name), command.program(Flavor::Busybox), BUSYBOX_BYTES);
    }
    vfs.install("/bin/sh", program_of(Dialect::Ash), BUSYBOX_BYTES);
    vfs.install("/bin/ash", program_of(Dialect::Ash), BUSYBOX_BYTES);
    vfs.install("/bin/busybox", program(applet), BUSYBOX_BYTES);
}

/// `busybox NAME …`
async fn applet(ctx: ProcessContext) -> i32 {
    let args = ctx.args();
    let Some(name) = args.get(1) else {
        ctx.print(&list()).await;
        return 0;
    };
    if name == "--list" {
        let names: String = names().iter().map(|n| format!("{n}\n")).collect();
        ctx.print(&names).await;
        return 0;
    }
    if !names().contains(&name.as_str()) {
        ctx.eprint(&format!("{name}: applet not found\n")).await;
        return 127;
    }
    let path = format!("/bin/{name}");
    let rest = args.get(1..).unwrap_or(&[]).to_vec();
    match ctx.exec_at(&path, rest).await {
        Ok(status) => status,
        Err(_) => {
            ctx.eprint(&format!("{name}: applet not found\n")).await;
            127
        }
    }
}

fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = COMMANDS.iter().map(|c| c.name).filter(|n| !NOT_IN_BUSYBOX.contains(n)).collect();
    names.extend(["ash", "sh"]);
    names.sort_unstable();
    names
}

fn list() -> String {
    format!(
        "{}\nBusyBox is copyrighted by many authors between 1998-2015.\nLicensed under GPLv2. See source distribution for detailed\n\
         copyright notices.\n\nUsage: busybox [function [arguments]...]\n   or: busybox --list[-full]\n\nCurrently defined functions:\n\t{}\n",
        super::super::tools::BANNER,
        names().join(", ")
    )
}
