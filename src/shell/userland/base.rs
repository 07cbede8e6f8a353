//! Files that are there before anything runs.

use crate::process::Vfs;
use crate::process::vfs::Credentials;
use crate::sim::Time;

const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
sys:x:3:3:sys:/dev:/usr/sbin/nologin
sync:x:4:65534:sync:/bin:/bin/sync
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
_apt:x:42:65534::/nonexistent:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
";
const GROUP: &str =
    "root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\nadm:x:4:\ntty:x:5:\nmail:x:8:\nwww-data:x:33:\nusers:x:100:\nnogroup:x:65534:\n";
const BUSYBOX_PASSWD: &str = "root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
sys:x:3:3:sys:/dev:/bin/false
sync:x:4:100:sync:/bin:/bin/sync
mail:x:8:8:mail:/var/spool/mail:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
operator:x:37:37:Operator:/var:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
";
const ALPINE_PASSWD: &str = "root:x:0:0:root:/root:/bin/sh
bin:x:1:1:bin:/bin:/sbin/nologin
daemon:x:2:2:daemon:/sbin:/sbin/nologin
mail:x:8:12:mail:/var/mail:/sbin/nologin
nginx:x:101:101:nginx:/var/lib/nginx:/sbin/nologin
guest:x:405:100:guest:/dev/null:/sbin/nologin
nobody:x:65534:65534:nobody:/:/sbin/nologin
";
const HOSTS: &str = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";

fn write(vfs: &Vfs, path: &str, text: &str) {
    let parent = path.rsplit_once('/').map_or("/", |(parent, _)| parent);
    let _ = vfs.create_dir_all(if parent.is_empty() { "/" } else { parent });
    let _ = vfs.write_file(path, text.as_bytes(), Time::ZERO);
}

fn set_mode(vfs: &Vfs, path: &str, mode: u32) {
    let _ = vfs.change(path, Credentials::ROOT, |inode| inode.mode = mode);
}

/// The directories and devices that every image has.
pub(super) fn directories(vfs: &Vfs) {
    for path in ["/bin", "/dev", "/etc", "/home", "/proc", "/root", "/tmp", "/usr/bin", "/usr/local/bin", "/var/log", "/var/tmp", "/run"] {
        let _ = vfs.create_dir_all(path);
    }
    for path in ["/tmp", "/var/tmp"] {
        set_mode(vfs, path, 0o1777);
    }
    set_mode(vfs, "/root", 0o700);
    for device in ["null", "zero", "tty", "full", "random", "urandom"] {
        vfs.make_device(&format!("/dev/{device}"), device);
        set_mode(vfs, &format!("/dev/{device}"), 0o666);
    }
    write(vfs, "/etc/hosts", HOSTS);
}

fn gnu(vfs: &Vfs) {
    for path in [
        "/sbin",
        "/usr/sbin",
        "/usr/lib",
        "/usr/share",
        "/lib",
        "/lib64",
        "/opt",
        "/srv",
        "/mnt",
        "/media",
        "/boot",
        "/sys",
        "/var/cache",
        "/var/lib",
    ] {
        let _ = vfs.create_dir_all(path);
    }
    write(vfs, "/etc/passwd", PASSWD);
    write(vfs, "/etc/group", GROUP);
    write(vfs, "/etc/shadow", "root:*:19700:0:99999:7:::\n");
    set_mode(vfs, "/etc/shadow", 0o640);
    write(vfs, "/etc/shells", "/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n/bin/dash\n/usr/bin/dash\n");
}

pub(super) fn debian(vfs: &Vfs) {
    gnu(vfs);
    write(vfs, "/etc/debian_version", "12.7\n");
    write(
        vfs,
        "/etc/os-release",
        "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\n\
         VERSION_CODENAME=bookworm\nID=debian\nHOME_URL=\"https://www.debian.org/\"\nSUPPORT_URL=\"https://www.debian.org/support\"\n\
         BUG_REPORT_URL=\"https://bugs.debian.org/\"\n",
    );
    write(vfs, "/etc/issue", "Debian GNU/Linux 12 \\n \\l\n\n");
}

pub(super) fn ubuntu(vfs: &Vfs) {
    gnu(vfs);
    write(
        vfs,
        "/etc/os-release",
        "PRETTY_NAME=\"Ubuntu 24.04.1 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nVERSION=\"24.04.1 LTS (Noble Numbat)\"\n\
         VERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\nHOME_URL=\"https://www.ubuntu.com/\"\nSUPPORT_URL=\"https://help.ubuntu.com/\"\n\
         BUG_REPORT_URL=\"https://bugs.launchpad.net/ubuntu/\"\nUBUNTU_CODENAME=noble\n",
    );
    write(
        vfs,
        "/etc/lsb-release",
        "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=24.04\nDISTRIB_CODENAME=noble\nDISTRIB_DESCRIPTION=\"Ubuntu 24.04.1 LTS\"\n",
    );
    write(vfs, "/etc/debian_version", "trixie/sid\n");
}

pub(super) fn busybox(vfs: &Vfs) {
    write(vfs, "/etc/passwd", BUSYBOX_PASSWD);
    write(vfs, "/etc/group", GROUP);
    write(vfs, "/etc/shadow", "root:*:10933:0:99999:7:::\n");
    set_mode(vfs, "/etc/shadow", 0o640);
}

pub(super) fn alpine(vfs: &Vfs) {
    for path in ["/lib", "/media", "/mnt", "/opt", "/sbin", "/srv", "/sys", "/usr/lib", "/usr/sbin"] {
        let _ = vfs.create_dir_all(path);
    }
    write(vfs, "/etc/passwd", ALPINE_PASSWD);
    write(vfs, "/etc/group", GROUP);
    write(vfs, "/etc/alpine-release", "3.20.3\n");
    write(
        vfs,
        "/etc/os-release",
        "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME=\"Alpine Linux v3.20\"\nHOME_URL=\"https://alpinelinux.org/\"\n\
         BUG_REPORT_URL=\"https://gitlab.alpinelinux.org/alpine/aports/-/issues\"\n",
    );
    write(vfs, "/etc/issue", "Welcome to Alpine Linux 3.20\nKernel \\r on an \\m (\\l)\n\n");
}

/// The learner's account and home.
pub(super) fn workstation(vfs: &Vfs) {
    write(vfs, "/etc/passwd", &format!("{PASSWD}learner:x:1000:1000:Learner:/home/learner:/bin/bash\n"));
    write(vfs, "/etc/group", &format!("{GROUP}learner:x:1000:\n"));
    write(vfs, "/etc/hostname", "workstation\n");
    write(vfs, "/etc/hosts", &format!("{HOSTS}127.0.1.1\tworkstation\n"));
    let _ = vfs.create_dir_all("/home/learner");
    let _ = vfs.change("/home/learner", Credentials::ROOT, |inode| {
        inode.uid = 1000;
        inode.gid = 1000;
    });
}
