use super::{COMMANDS, Dialect, Flavor, PROGRAM_BYTES, program_of};
use crate::process::Vfs;

/// Commands that Debian's image does not have; the workstation does.
pub(super) fn install(vfs: &Vfs) {
    for command in COMMANDS {
        let program = command.program(Flavor::Gnu);
        vfs.install(&format!("/usr/bin/{}", command.name), program.clone(), PROGRAM_BYTES);
        vfs.install(&format!("/bin/{}", command.name), program, PROGRAM_BYTES);
    }
    for (name, dialect, bytes) in [("bash", Dialect::Bash, 1_265_648), ("dash", Dialect::Dash, 125_640), ("sh", Dialect::Dash, 125_640)] {
        vfs.install(&format!("/usr/bin/{name}"), program_of(dialect), bytes);
        vfs.install(&format!("/bin/{name}"), program_of(dialect), bytes);
    }
}
