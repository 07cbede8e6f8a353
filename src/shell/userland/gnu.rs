use super::{COMMANDS, Dialect, Flavor, PROGRAM_BYTES, program_of};
use crate::process::Vfs;

/// Commands that neither Debian's nor Ubuntu's image has; the workstation does.
const NOT_IN_IMAGES: &[&str] = &[
    "bc", "curl", "dig", "httpd", "ifconfig", "ip", "jq", "less", "man", "nano", "killall", "nc", "netstat", "nslookup", "ping", "ss",
    "telnet", "vi", "vim", "wget",
];

/// Everything that a base image has.
pub(super) fn install(vfs: &Vfs) {
    install_commands(vfs, |name| !NOT_IN_IMAGES.contains(&name));
}

/// Everything there is.
pub(super) fn install_all(vfs: &Vfs) {
    install_commands(vfs, |name| name != "httpd");
}

fn install_commands(vfs: &Vfs, wanted: impl Fn(&str) -> bool) {
    for command in COMMANDS.iter().filter(|command| wanted(command.name)) {
        let program = command.program(Flavor::Gnu);
        vfs.install(&format!("/usr/bin/{}", command.name), program.clone(), PROGRAM_BYTES);
        vfs.install(&format!("/bin/{}", command.name), program, PROGRAM_BYTES);
    }
    for (name, dialect, bytes) in [("bash", Dialect::Bash, 1_265_648), ("dash", Dialect::Dash, 125_640), ("sh", Dialect::Dash, 125_640)] {
        vfs.install(&format!("/usr/bin/{name}"), program_of(dialect), bytes);
        vfs.install(&format!("/bin/{name}"), program_of(dialect), bytes);
    }
}
