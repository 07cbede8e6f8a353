//! What images are built on: file trees with the usual directories, and the userlands that [`crate::shell`] brings.

use crate::process::vfs::Credentials;
use crate::process::{Program, Vfs};
use crate::sim::Time;

/// Puts a file (mode 644) at `path`, with its parent directories.
pub fn file(vfs: &Vfs, path: &str, contents: &str) {
    if let Some((parent, _)) = path.rsplit_once('/') {
        let _ = vfs.create_dir_all(parent);
    }
    let _ = vfs.write_file(path, contents.as_bytes(), Time::ZERO);
}

/// Puts an executable script at `path`.
pub fn script(vfs: &Vfs, path: &str, contents: &str) {
    file(vfs, path, contents);
    let _ = vfs.change(path, Credentials::ROOT, |inode| inode.mode = 0o755);
}

/// Puts a program at `path`.
pub fn install(vfs: &Vfs, path: &str, program: Program, size_bytes: u64) {
    vfs.install(path, program, size_bytes);
}

/// The directories and account files that every distribution has.
fn skeleton(vfs: &Vfs, shell: &str) {
    for directory in
        ["/bin", "/dev", "/etc", "/home", "/proc", "/root", "/sys", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/var/log", "/run"]
    {
        let _ = vfs.create_dir_all(directory);
    }
    let _ = vfs.create_dir("/tmp", 0o1777, Time::ZERO, Credentials::ROOT);
    let _ = vfs.change("/root", Credentials::ROOT, |inode| inode.mode = 0o700);
    file(
        vfs,
        "/etc/passwd",
        &format!(
            "root:x:0:0:root:/root:{shell}\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
        ),
    );
    file(vfs, "/etc/group", "root:x:0:\ndaemon:x:1:\nwww-data:x:33:\nnogroup:x:65534:\n");
    file(vfs, "/etc/nsswitch.conf", "passwd:         files\ngroup:          files\nhosts:          files dns\n");
}

/// The busybox image's tree.
pub fn busybox(vfs: &Vfs) {
    skeleton(vfs, "/bin/sh");
    userland::busybox(vfs);
}

/// Alpine's: busybox and `/etc/os-release`.
pub fn alpine(vfs: &Vfs, version: &str) {
    busybox(vfs);
    let short: Vec<&str> = version.split('.').take(2).collect();
    file(vfs, "/etc/alpine-release", &format!("{version}\n"));
    file(
        vfs,
        "/etc/os-release",
        &format!(
            "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID={version}\nPRETTY_NAME=\"Alpine Linux v{}\"\nHOME_URL=\"https://alpinelinux.org/\"\nBUG_REPORT_URL=\"https://gitlab.alpinelinux.org/alpine/aports/-/issues\"\n",
            short.join(".")
        ),
    );
}

/// Debian's: bash as `/bin/bash`, dash as `/bin/sh`, and GNU coreutils.
pub fn debian(vfs: &Vfs, version: &str, codename: &str) {
    skeleton(vfs, "/bin/bash");
    userland::gnu(vfs);
    let major = version.split('.').next().unwrap_or(version);
    file(vfs, "/etc/debian_version", &format!("{version}\n"));
    file(
        vfs,
        "/etc/os-release",
        &format!(
            "PRETTY_NAME=\"Debian GNU/Linux {major} ({codename})\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"{major}\"\nVERSION=\"{major} ({codename})\"\nVERSION_CODENAME={codename}\nID=debian\nHOME_URL=\"https://www.debian.org/\"\n"
        ),
    );
}

/// Ubuntu's: as Debian's.
pub fn ubuntu(vfs: &Vfs, version: &str, codename: &str) {
    skeleton(vfs, "/bin/bash");
    userland::gnu(vfs);
    let name: String = codename.chars().take(1).flat_map(char::to_uppercase).chain(codename.chars().skip(1)).collect();
    file(
        vfs,
        "/etc/os-release",
        &format!(
            "PRETTY_NAME=\"Ubuntu {version} LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"{version}\"\nVERSION=\"{version} LTS ({name})\"\nVERSION_CODENAME={codename}\nID=ubuntu\nID_LIKE=debian\nHOME_URL=\"https://www.ubuntu.com/\"\n"
        ),
    );
}

/// Adds curl, which Debian and Ubuntu images lack.
pub fn curl(vfs: &Vfs) {
    userland::curl(vfs);
}

/// Adds bash at `path`, to an image whose own shell is another.
pub fn bash(vfs: &Vfs, path: &str) {
    userland::bash(vfs, path);
}

/// The one place that knows how `crate::shell` installs its programs.
mod userland {
    use crate::process::Vfs;

    pub fn busybox(_vfs: &Vfs) {}
    pub fn gnu(_vfs: &Vfs) {}
    pub fn curl(_vfs: &Vfs) {}
    pub fn bash(_vfs: &Vfs, _path: &str) {}
}
