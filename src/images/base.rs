//! What images are built on: file trees with the usual directories, and the userlands that [`crate::shell`] brings.

use crate::process::vfs::Credentials;
use crate::process::{Program, Vfs};
use crate::shell::userland;
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

/// Tools of the userland that the distributions' images come without.
const NOT_IN_BASE_IMAGES: &[&str] = &[
    "bc",
    "curl",
    "dig",
    "host",
    "ifconfig",
    "ip",
    "jq",
    "nano",
    "nc",
    "netstat",
    "nslookup",
    "ping",
    "ss",
    "traceroute",
    "tree",
    "vi",
    "vim",
    "wget",
];

fn remove_extras(vfs: &Vfs) {
    for name in NOT_IN_BASE_IMAGES {
        for folder in ["/bin", "/usr/bin"] {
            let _ = vfs.remove_file(&format!("{folder}/{name}"), Time::ZERO, Credentials::ROOT);
        }
    }
}

/// The busybox image's tree.
pub fn busybox(vfs: &Vfs) {
    userland::busybox(vfs);
}

/// Alpine's: busybox and the release files of a version.
pub fn alpine(vfs: &Vfs, version: &str) {
    userland::alpine(vfs);
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

/// A node's own disk: Debian with every tool, and the folders that the kubelet and the runtime use.
pub fn node(vfs: &Vfs) {
    userland::node(vfs);
    for folder in [
        "/data",
        "/etc/kubernetes/manifests",
        "/etc/cni/net.d",
        "/opt/cni/bin",
        "/var/lib/kubelet/pods",
        "/var/log/pods",
        "/var/log/containers",
        "/run/containerd",
    ] {
        let _ = vfs.create_dir_all(folder);
    }
    file(vfs, "/etc/crictl.yaml", "runtime-endpoint: unix:///run/containerd/containerd.sock\n");
    file(
        vfs,
        "/etc/cni/net.d/10-podground.conflist",
        "{\n  \"cniVersion\": \"0.3.1\",\n  \"name\": \"podground\",\n  \"plugins\": [\n    { \"type\": \"ptp\", \"ipMasq\": false, \"ipam\": { \"type\": \"host-local\" } },\n    { \"type\": \"portmap\", \"capabilities\": { \"portMappings\": true } }\n  ]\n}\n",
    );
}

/// Debian's: bash, dash as `sh`, GNU coreutils, and the release files of a version.
pub fn debian(vfs: &Vfs, version: &str, codename: &str) {
    userland::debian(vfs);
    remove_extras(vfs);
    let major = version.split('.').next().unwrap_or(version);
    file(vfs, "/etc/debian_version", &format!("{version}\n"));
    file(
        vfs,
        "/etc/os-release",
        &format!(
            "PRETTY_NAME=\"Debian GNU/Linux {major} ({codename})\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"{major}\"\nVERSION=\"{major} ({codename})\"\nVERSION_CODENAME={codename}\nID=debian\nHOME_URL=\"https://www.debian.org/\"\nSUPPORT_URL=\"https://www.debian.org/support\"\nBUG_REPORT_URL=\"https://bugs.debian.org/\"\n"
        ),
    );
}

/// Ubuntu's: as Debian's.
pub fn ubuntu(vfs: &Vfs, version: &str, codename: &str) {
    userland::ubuntu(vfs);
    remove_extras(vfs);
    let name: String = codename.chars().take(1).flat_map(char::to_uppercase).chain(codename.chars().skip(1)).collect();
    file(
        vfs,
        "/etc/os-release",
        &format!(
            "PRETTY_NAME=\"Ubuntu {version} LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"{version}\"\nVERSION=\"{version} LTS ({name})\"\nVERSION_CODENAME={codename}\nID=ubuntu\nID_LIKE=debian\nHOME_URL=\"https://www.ubuntu.com/\"\nSUPPORT_URL=\"https://help.ubuntu.com/\"\n"
        ),
    );
}

/// Adds curl, which Debian, Ubuntu and Alpine images lack.
pub fn curl(vfs: &Vfs) {
    userland::add_tool(vfs, "/usr/bin/curl");
}

/// Adds bash to an image whose own shell is another.
pub fn bash(vfs: &Vfs) {
    userland::add_bash(vfs);
}
