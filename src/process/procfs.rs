//! `/proc`: what the kernel tells of itself. Models proc(5), as far as ps, top, free, mount and curious people read it.

use std::rc::{Rc, Weak};

use super::kernel::KernelInner;
use super::vfs::{Provider, ProviderNode, Source};
use super::{FileType, Kernel, NamespaceKind, Pid, Process, ProcessState, Vfs};

/// What a process takes besides what it allocates, in KiB.
const PROGRAM_KIB: u64 = 2048;

struct ProcFs {
    kernel: Weak<KernelInner>,
    memory_kib: u64,
    cpus: u32,
}

/// The `/proc` of a PID namespace on a machine with so much memory and so many processors.
pub fn procfs(kernel: &Kernel, memory_kib: u64, cpus: u32) -> Source {
    Source::Provider(Rc::new(ProcFs { kernel: Rc::downgrade(&kernel.0), memory_kib, cpus }))
}

const FILES: &[&str] = &["cpuinfo", "filesystems", "loadavg", "meminfo", "mounts", "self", "stat", "sys", "uptime", "version"];
const OF_PROCESS: &[&str] = &["cgroup", "cmdline", "comm", "cwd", "environ", "exe", "fd", "mounts", "ns", "root", "stat", "status"];

fn dir<S: AsRef<str>>(names: &[S]) -> Option<ProviderNode> {
    Some(ProviderNode::Directory(names.iter().map(|name| name.as_ref().to_owned()).collect()))
}

fn file(text: impl Into<Vec<u8>>) -> Option<ProviderNode> {
    Some(ProviderNode::File(text.into()))
}

fn link(target: impl Into<String>) -> Option<ProviderNode> {
    Some(ProviderNode::Symlink(target.into()))
}

impl Provider for ProcFs {
    fn lookup(&self, path: &str) -> Option<ProviderNode> {
        let kernel = Kernel(self.kernel.upgrade()?);
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        if let Ok(pid) = first.parse::<Pid>() {
            return of_process(&kernel, pid, &*kernel.seen_as(pid)?, rest);
        }
        let seen = || kernel.seen();
        let uptime = kernel.sim().now().as_millis() + 86_400_000;
        match (first, rest) {
            ("", "") => {
                let names: Vec<String> = seen().keys().map(Pid::to_string).chain(FILES.iter().map(|name| (*name).to_owned())).collect();
                dir(&names)
            }
            // Programs that ask for `self` are given their own folder before they get here.
            ("self", "") => link(seen().keys().next().map(Pid::to_string)?),
            ("cpuinfo", "") => {
                let one = |n: u32| {
                    format!(
                        "processor\t: {n}\nvendor_id\t: GenuineIntel\nmodel name\t: Podground virtual CPU\ncpu MHz\t\t: 2500.000\ncpu cores\t: {}\n\n",
                        self.cpus
                    )
                };
                file((0..self.cpus).map(one).collect::<String>())
            }
            ("filesystems", "") => file("nodev\tproc\nnodev\ttmpfs\nnodev\toverlay\n\text4\n"),
            ("loadavg", "") => file(format!("0.00 0.00 0.00 1/{} {}\n", seen().len(), seen().keys().last()?)),
            ("meminfo", "") => {
                let used: u64 = kernel.machine().seen().values().map(|process| PROGRAM_KIB + process.memory() / 1024).sum();
                let free = self.memory_kib.saturating_sub(used);
                let row = |name: &str, kib: u64| format!("{:<15} {kib:>8} kB\n", format!("{name}:"));
                file(
                    [
                        ("MemTotal", self.memory_kib),
                        ("MemFree", free),
                        ("MemAvailable", free),
                        ("Buffers", 0),
                        ("Cached", 0),
                        ("SwapTotal", 0),
                        ("SwapFree", 0),
                    ]
                    .map(|(name, kib)| row(name, kib))
                    .concat(),
                )
            }
            ("mounts", "") => file(mounts(&seen().values().next()?.namespaces.mount)),
            ("stat", "") => file(format!(
                "cpu  {0} 0 0 {1} 0 0 0 0 0 0\nprocesses {2}\n",
                seen().values().map(|p| p.cpu_steps() / 1000).sum::<u64>(),
                uptime / 10,
                seen().keys().last()?
            )),
            ("sys", "") => dir(&["kernel", "net"]),
            ("sys", "kernel") => dir(&["hostname", "ostype", "pid_max"]),
            ("sys", "net") => dir(&["ipv4"]),
            ("sys", "net/ipv4") => dir(&["ip_forward"]),
            ("sys", "net/ipv4/ip_forward") => file("1\n"),
            ("sys", "kernel/hostname") => file(format!("{}\n", seen().values().next()?.namespaces.uts.hostname())),
            ("sys", "kernel/ostype") => file("Linux\n"),
            ("sys", "kernel/pid_max") => file("4194304\n"),
            ("uptime", "") => file(format!("{0}.{1:02} {0}.{1:02}\n", uptime / 1000, uptime / 10 % 100)),
            ("version", "") => file("Linux version 6.18.44-fc-v595 (podground) #1 SMP\n"),
            _ => None,
        }
    }
}

fn comm(process: &Process) -> String {
    let argv = process.argv.borrow();
    let name = argv.first().map(|word| word.rsplit('/').next().unwrap_or(word)).unwrap_or_default();
    name.split([':', ' ']).next().unwrap_or_default().trim_start_matches('-').chars().take(15).collect()
}

fn of_process(kernel: &Kernel, pid: Pid, process: &Process, rest: &str) -> Option<ProviderNode> {
    let letter = match process.state() {
        ProcessState::Alive => ("S", "sleeping"),
        ProcessState::Stopped(_) => ("T", "stopped"),
        ProcessState::Zombie(_) => ("Z", "zombie"),
    };
    let ppid = kernel.numbers_of(process).1;
    match rest.split_once('/').unwrap_or((rest, "")) {
        ("", "") => dir(OF_PROCESS),
        ("cgroup", "") => file("0::/\n"),
        ("cmdline", "") => file(process.argv.borrow().iter().map(|word| format!("{word}\0")).collect::<String>()),
        ("comm", "") => file(format!("{}\n", comm(process))),
        ("cwd", "") => link(process.cwd.borrow().clone()),
        ("environ", "") => file(process.env.borrow().iter().map(|(name, value)| format!("{name}={value}\0")).collect::<String>()),
        ("exe", "") => link(process.argv.borrow().first().cloned().unwrap_or_default()),
        ("root", "") => link("/"),
        ("mounts", "") => file(mounts(&process.namespaces.mount)),
        ("fd", "") => dir(&process.fds.borrow().keys().map(i32::to_string).collect::<Vec<_>>()),
        ("fd", number) => {
            let fds = process.fds.borrow();
            let open = fds.get(&number.parse().ok()?)?;
            link(match (open.path(), open.tty(), open.file_type()) {
                (Some(path), ..) => path,
                (_, Some(_), _) => "/dev/pts/0".into(),
                (_, _, FileType::Pipe) => format!("pipe:[{}]", 20_000 + u64::from(pid) * 8),
                (_, _, FileType::Socket) => format!("socket:[{}]", 30_000 + u64::from(pid) * 8),
                _ => "/dev/null".into(),
            })
        }
        ("ns", "") => dir(&NamespaceKind::ALL.map(NamespaceKind::name)),
        ("ns", name) => {
            let kind = NamespaceKind::ALL.into_iter().find(|kind| kind.name() == name)?;
            link(format!("{name}:[{}]", kernel.namespace_number(process, kind)))
        }
        ("stat", "") => file(format!(
            "{pid} ({}) {} {ppid} {} {} 0 -1 4194304 0 0 0 0 {} 0 0 0 20 0 1 0 {} {} {}\n",
            comm(process),
            letter.0,
            process.pgid.get(),
            process.pgid.get(),
            process.cpu_steps() / 1000,
            process.started.as_millis() / 10,
            (PROGRAM_KIB * 2 + process.memory() / 1024) * 1024,
            (PROGRAM_KIB + process.memory() / 1024) / 4,
        )),
        ("status", "") => {
            let who = process.credentials.get();
            let rss = PROGRAM_KIB + process.memory() / 1024;
            let (uid, gid) = (who.uid, who.gid);
            let (name, umask, size) = (comm(process), process.umask.get(), rss * 2);
            file(format!(
                "Name:\t{name}\nUmask:\t{umask:04o}\nState:\t{} ({})\nTgid:\t{pid}\nPid:\t{pid}\nPPid:\t{ppid}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\nGid:\t{gid}\t{gid}\t{gid}\t{gid}\nVmSize:\t{size:>8} kB\nVmRSS:\t{rss:>8} kB\nThreads:\t1\n",
                letter.0, letter.1
            ))
        }
        _ => None,
    }
}

/// The lines of `/proc/mounts`.
pub fn mounts(vfs: &Vfs) -> String {
    let line = |mount: &super::vfs::Mount| {
        let mode = if mount.read_only { "ro" } else { "rw" };
        let path = mount.path.as_str();
        let (what, kind, more) = match (path, &mount.source) {
            ("/", _) => ("overlay", "overlay", ",relatime"),
            ("/proc", _) => ("proc", "proc", ",nosuid,nodev,noexec,relatime"),
            ("/dev", _) => ("tmpfs", "tmpfs", ",nosuid,size=65536k,mode=755"),
            ("/sys/fs/cgroup", _) => ("cgroup", "cgroup2", ",nosuid,nodev,noexec,relatime"),
            _ if path.contains("/secrets/") => ("tmpfs", "tmpfs", ",relatime"),
            _ => ("/dev/vda1", "ext4", ",relatime"),
        };
        format!("{what} {path} {kind} {mode}{more} 0 0\n")
    };
    vfs.mounts().iter().map(line).collect()
}
