//! The learner's own computer: a home directory, a shell, kubectl.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::OnceLock;

use super::editor;
use crate::cluster::{Cluster, ssh};
use crate::kubectl;
use crate::process::vfs::Credentials;
use crate::process::{self, Cgroup, Child, Errno, File, FileSystem, Kernel, Namespaces, Program, Tty, Uts, Vfs};
use crate::shell::userland;
use crate::sim::Time;

/// The learner's user.
pub const USER: Credentials = Credentials { uid: 1000, gid: 1000 };
/// The home directory.
pub const HOME: &str = "/home/learner";
/// Processes that may run at once; a fork bomb meets it.
const PROCESS_LIMIT: usize = 256;
/// Bytes that files may take.
const DISK_BYTES: u64 = 64 * 1024 * 1024;
/// Bytes of memory.
const MEMORY_BYTES: u64 = 512 * 1024 * 1024;

/// Where kubectl looks for the descriptions of fields and for its own words.
const DOCS_FOLDER: &str = "/usr/share/podground";
/// They are the same for every session: a replayed one must explain as the first one did.
static DOCS: OnceLock<[(&str, String); 2]> = OnceLock::new();

/// Takes the descriptions of fields (`docs.json`) and kubectl's words (`help.txt`) for this and every later workstation.
pub fn take_docs(docs: String, help: String) {
    let _ = DOCS.set([("docs.json", docs), ("help.txt", help)]);
}

/// The computer. Cheap to clone.
#[derive(Clone)]
pub struct Workstation {
    kernel: Kernel,
    namespaces: Namespaces,
    who: Credentials,
    home: &'static str,
    wanted: editor::Wanted,
}

impl Workstation {
    /// A fresh computer that reaches `cluster`.
    pub fn new(cluster: &Cluster) -> Workstation {
        let root = FileSystem::new();
        root.set_limit(Some(DISK_BYTES));
        let vfs = Vfs::new(root);
        userland::workstation(&vfs);
        vfs.install("/usr/local/bin/kubectl", kubectl::program(&cluster.client("kubectl")), 60_000_000);
        vfs.install("/usr/local/bin/kubectl-why", crate::why::command::program(cluster), 1_000_000);
        vfs.install("/usr/local/bin/fault", super::fault_command::program(cluster), 1_000_000);
        vfs.install("/usr/local/bin/image", super::image_command::program(cluster), 1_000_000);
        vfs.install("/usr/bin/ssh", ssh::ssh(cluster), 850_000);
        vfs.install("/usr/local/bin/minikube", ssh::minikube(cluster), 130_000_000);
        let nodes = cluster.kubelets().values().map(|kubelet| format!("{}\t{}\n", kubelet.config().ip, kubelet.config().name));
        let hosts = String::from_utf8_lossy(&vfs.read_file("/etc/hosts").unwrap_or_default()).into_owned();
        let _ = vfs.write_file("/etc/hosts", nodes.fold(hosts, |all, line| all + &line).as_bytes(), Time::ZERO);
        let wanted = editor::Wanted::default();
        vfs.install("/usr/bin/vi", editor::program(&wanted), 1_500_000);
        let namespaces = Namespaces {
            mount: vfs,
            net: cluster.network().namespace("workstation", "192.168.64.2".parse().ok(), None),
            uts: Uts::new("workstation"),
            ipc: 0,
            cgroup: Cgroup::new(Some(MEMORY_BYTES), Some(PROCESS_LIMIT)),
        };
        let station = Workstation { kernel: Kernel::new(cluster.sim(), "workstation"), namespaces, who: USER, home: HOME, wanted };
        station.install_docs();
        let _ = station.write_file(".kube/config", &kubectl::printers::yaml::to_yaml(&kubectl::default_config()));
        station
    }

    /// Starts process 1, which does nothing: the end of process 1 is the end of all others, and no shell should be that.
    pub fn boot(&self) {
        self.namespaces.mount.install("/sbin/init", process::program(|_| std::future::pending()), 1_000_000);
        let argv = vec!["/sbin/init".to_owned()];
        let _ = self.kernel.spawn(self.namespaces.clone(), argv, BTreeMap::new(), "/", Credentials::ROOT, BTreeMap::new(), None);
    }

    /// A computer without a kubeconfig: where transcripts of bash and dash alone are typed.
    pub fn plain(cluster: &Cluster) -> Workstation {
        let station = Workstation::new(cluster);
        station.remove_file(".kube/config");
        let _ = station.namespaces.mount.remove_dir(&format!("{HOME}/.kube"), Time::ZERO, USER);
        station
    }

    /// The inside of a busybox container `app` instead, whose first process sleeps: where transcripts of its `sh` are typed.
    pub fn container(cluster: &Cluster) -> Workstation {
        const ADDRESS: &str = "10.244.0.5";
        let root = FileSystem::new();
        root.set_limit(Some(DISK_BYTES));
        let vfs = Vfs::new(root);
        userland::busybox(&vfs);
        for (path, text) in [
            ("/etc/hostname", "app\n".to_owned()),
            ("/etc/hosts", format!("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n{ADDRESS}\tapp\n")),
            (
                "/etc/resolv.conf",
                "nameserver 10.96.0.10\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n".to_owned(),
            ),
        ] {
            let _ = vfs.write_file(path, text.as_bytes(), Time::ZERO);
        }
        let namespaces = Namespaces {
            mount: vfs,
            net: cluster.network().namespace("app", ADDRESS.parse().ok(), None),
            uts: Uts::new("app"),
            ipc: 0,
            cgroup: Cgroup::new(Some(MEMORY_BYTES), Some(PROCESS_LIMIT)),
        };
        let station = Workstation {
            kernel: Kernel::new(cluster.sim(), "app"),
            namespaces,
            who: Credentials::ROOT,
            home: "/root",
            wanted: editor::Wanted::default(),
        };
        let argv = ["sleep", "3600"].map(str::to_owned).to_vec();
        let _ = station.kernel.spawn(station.namespaces.clone(), argv, station.environment(false), "/", station.who, BTreeMap::new(), None);
        station
    }

    /// Puts the fields' descriptions and the words of `--help` where kubectl looks for them, once they are known.
    pub fn install_docs(&self) {
        let (Some(files), vfs) = (DOCS.get(), &self.namespaces.mount) else { return };
        let mut folder = String::new();
        for part in DOCS_FOLDER.split('/').filter(|part| !part.is_empty()) {
            folder = format!("{folder}/{part}");
            let _ = vfs.create_dir(&folder, 0o755, Time::ZERO, Credentials::ROOT);
        }
        for (name, text) in files {
            let _ = vfs.write_file(&format!("{DOCS_FOLDER}/{name}"), text.as_bytes(), Time::ZERO);
        }
    }

    /// The files that `vi` waits for, oldest first.
    pub fn wanted_edits(&self) -> Vec<Rc<editor::Edit>> {
        self.wanted.borrow().clone()
    }

    /// Its process table.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    fn environment(&self, tty: bool) -> BTreeMap<String, String> {
        let own = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        if self.who == Credentials::ROOT {
            const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
            return own(&[("HOME", self.home), ("HOSTNAME", "app"), ("PATH", PATH), ("TERM", "xterm")]);
        }
        let mut env: BTreeMap<String, String> = own(&[
            ("HOME", HOME),
            ("USER", "learner"),
            ("LOGNAME", "learner"),
            ("SHELL", "/bin/bash"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("LANG", "C.UTF-8"),
        ]);
        if tty {
            env.insert("TERM".into(), "xterm-256color".into());
        }
        env
    }

    /// A login shell on a terminal.
    pub fn log_in(&self, tty: &Tty) -> Result<Child, Errno> {
        let file: File = std::rc::Rc::new(tty.clone());
        let fds = BTreeMap::from([(0, file.clone()), (1, file.clone()), (2, file)]);
        let argv = vec!["bash".to_owned()];
        self.kernel.spawn(self.namespaces.clone(), argv, self.environment(true), self.home, self.who, fds, Some(tty.clone()))
    }

    /// Runs a program that is not on the disk, as the learner, with these descriptors.
    pub fn run(&self, name: &str, program: Program, fds: BTreeMap<i32, File>) -> Result<Child, Errno> {
        let path = format!("/run/{name}");
        self.namespaces.mount.install(&path, program, 0);
        self.kernel.spawn(self.namespaces.clone(), vec![path], self.environment(false), self.home, self.who, fds, None)
    }

    /// The files of the home directory, hidden ones apart, with paths relative to it.
    pub fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.walk("", &mut found, 0);
        found
    }

    fn walk(&self, below: &str, found: &mut Vec<String>, depth: usize) {
        const LIMIT_DEPTH: usize = 8;
        const LIMIT_FILES: usize = 500;
        let vfs = &self.namespaces.mount;
        let Ok(names) = vfs.read_dir(&format!("{}/{below}", self.home), Credentials::ROOT) else { return };
        for name in names.into_iter().filter(|name| !name.starts_with('.')) {
            let path = if below.is_empty() { name } else { format!("{below}/{name}") };
            let Ok(meta) = vfs.metadata(&format!("{}/{path}", self.home), false, Credentials::ROOT) else { continue };
            if meta.is_dir() && depth < LIMIT_DEPTH {
                self.walk(&path, found, depth + 1);
            } else if meta.is_file() && found.len() < LIMIT_FILES {
                found.push(path);
            }
        }
    }

    /// A file's text. What is not UTF-8 is replaced.
    pub fn read_file(&self, path: &str) -> Option<String> {
        let bytes = self.namespaces.mount.read_file(&format!("{}/{path}", self.home)).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Writes a file below the home directory as the learner.
    pub fn write_file(&self, path: &str, text: &str) -> Result<(), Errno> {
        let vfs = &self.namespaces.mount;
        let now = self.kernel.sim().now();
        let mut folder = self.home.to_owned();
        let parents = path.rsplit_once('/').map_or("", |(parents, _)| parents);
        for part in parents.split('/').filter(|part| !part.is_empty()) {
            folder = format!("{folder}/{part}");
            match vfs.create_dir(&folder, 0o755, now, self.who) {
                Ok(()) | Err(Errno::EEXIST) => {}
                Err(errno) => return Err(errno),
            }
        }
        let path = format!("{}/{path}", self.home);
        vfs.write_file(&path, text.as_bytes(), now)?;
        vfs.change(&path, Credentials::ROOT, |inode| (inode.uid, inode.gid) = (self.who.uid, self.who.gid))
    }

    /// Removes a file below the home directory.
    pub fn remove_file(&self, path: &str) {
        let _ = self.namespaces.mount.remove_file(&format!("{}/{path}", self.home), Time::ZERO, self.who);
    }
}
