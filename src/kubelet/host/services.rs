//! The services of a node. Models the units that kubeadm and the runtime's packages install.

use std::rc::Rc;
use std::time::Duration;

use super::super::main_loop::Kubelet;
use crate::network::{IpAddr, Ipv4Addr};
use crate::process::Child;
use crate::sim::select;

/// `RestartSec` of kubeadm's kubelet.service.
const RESTART_DELAY: Duration = Duration::from_secs(10);
/// Where sshd listens.
const SSH_PORT: u16 = 22;

/// A unit of systemd.
pub(super) struct Unit {
    /// Without `.service`.
    pub name: &'static str,
    /// The program's name, as it stands in the journal.
    pub program: &'static str,
    pub description: &'static str,
    pub command: &'static str,
    pub docs: &'static str,
}

const KUBELET: &str = "/usr/bin/kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml --container-runtime-endpoint=";

/// Every unit, in the order in which they start. Those of Docker are on its nodes only.
const UNITS: &[Unit] = &[
    Unit {
        name: "systemd-journald",
        program: "systemd-journald",
        description: "Journal Service",
        command: "/lib/systemd/systemd-journald",
        docs: "man:systemd-journald.service(8)",
    },
    Unit { name: "ssh", program: "sshd", description: "OpenBSD Secure Shell server", command: "/usr/sbin/sshd -D", docs: "man:sshd(8)" },
    Unit {
        name: "containerd",
        program: "containerd",
        description: "containerd container runtime",
        command: "/usr/bin/containerd",
        docs: "https://containerd.io",
    },
    Unit {
        name: "docker",
        program: "dockerd",
        description: "Docker Application Container Engine",
        command: "/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock",
        docs: "https://docs.docker.com",
    },
    Unit {
        name: "cri-docker",
        program: "cri-dockerd",
        description: "CRI Interface for Docker Application Container Engine",
        command: "/usr/bin/cri-dockerd --container-runtime-endpoint fd://",
        docs: "https://docs.mirantis.com",
    },
    Unit {
        name: "kubelet",
        program: "kubelet",
        description: "kubelet: The Kubernetes Node Agent",
        command: KUBELET,
        docs: "https://kubernetes.io/docs/",
    },
];

impl Kubelet {
    /// The units of this node.
    pub(super) fn units(&self) -> impl Iterator<Item = &'static Unit> + use<> {
        let docker = self.runtime().flavour().is_docker();
        UNITS.iter().filter(move |unit| docker || !matches!(unit.name, "docker" | "cri-docker"))
    }

    /// Whether the unit's program runs.
    pub(super) fn is_active(&self, unit: &Unit) -> Option<Child> {
        self.runtime().machine().running(unit.name)
    }

    pub(in super::super) fn start_services(&self) {
        for unit in self.units().filter(|unit| unit.name != "kubelet") {
            self.start_unit(unit);
        }
    }

    /// The CRI's socket.
    pub(super) fn endpoint(&self) -> &'static str {
        if self.runtime().flavour().is_docker() { "unix:///run/cri-dockerd.sock" } else { "unix:///run/containerd/containerd.sock" }
    }

    /// Starts a unit; one that runs goes on.
    pub(super) fn start_unit(&self, unit: &'static Unit) {
        if self.is_active(unit).is_some() {
            return;
        }
        if unit.name == "kubelet" {
            self.set_running(true);
            return;
        }
        self.launch(unit);
        if unit.name == "ssh" {
            self.serve_ssh();
        }
        self.follow_runtime();
    }

    /// Stops a unit.
    pub(super) fn stop_unit(&self, unit: &'static Unit) {
        if unit.name == "kubelet" {
            self.set_running(false);
            return;
        }
        let Some(child) = self.is_active(unit) else { return };
        self.says(unit, "Stopping", "...");
        let _ = self.runtime().machine().kernel.signal_from_outside(child.pid(), crate::process::Signal::KILL);
        self.says(unit, "Stopped", ".");
    }

    fn says(&self, unit: &'static Unit, verb: &str, end: &str) {
        let text = format!("{verb} {}.service - {}{end}", unit.name, unit.description);
        self.runtime().machine().log(unit.name, "systemd", text);
    }

    fn launch(&self, unit: &'static Unit) -> Option<Child> {
        let command = if unit.name == "kubelet" { format!("{KUBELET}{}", self.endpoint()) } else { unit.command.to_owned() };
        let words: Vec<&str> = command.split(' ').collect();
        let child = self.runtime().machine().daemon(unit.name, &words)?;
        self.says(unit, "Started", ".");
        let (kubelet, process) = (Rc::downgrade(&self.0), child.clone());
        self.0.sim.spawn(async move {
            process.wait().await;
            if let Some(inner) = kubelet.upgrade() {
                Kubelet(inner).ended(unit).await;
            }
        });
        Some(child)
    }

    /// A unit's program has ended: on purpose, or by somebody's `kill`.
    async fn ended(self, unit: &'static Unit) {
        self.follow_runtime();
        if unit.name != "kubelet" || !self.is_running() {
            return;
        }
        let machine = self.runtime().machine();
        self.set_running(false);
        machine.log("kubelet", "systemd", "kubelet.service: Main process exited, code=killed, status=9/KILL".into());
        machine.log("kubelet", "systemd", "kubelet.service: Failed with result 'signal'.".into());
        self.0.sim.sleep(RESTART_DELAY).await;
        if machine.running("systemd").is_some() && !self.is_running() {
            machine.log("kubelet", "systemd", "kubelet.service: Scheduled restart job, restart counter is at 1.".into());
            self.set_running(true);
        }
    }

    /// The runtime answers as long as every part of it runs.
    fn follow_runtime(&self) {
        let parts = self.units().filter(|unit| matches!(unit.name, "containerd" | "docker" | "cri-docker"));
        let up = parts.into_iter().all(|unit| self.is_active(unit).is_some());
        if up != self.runtime().is_up() {
            self.runtime().set_up(up);
        }
    }

    /// The kubelet's own process comes and goes with it.
    pub(in super::super) fn follow_kubelet(&self, running: bool) {
        let machine = self.runtime().machine();
        let Some(unit) = self.units().find(|unit| unit.name == "kubelet") else { return };
        if running {
            self.launch(unit);
            self.log('I', "server.go:530", format!("\"Kubelet version\" kubeletVersion=\"{}\"", self.0.config.kubelet_version));
            self.log('I', "kubelet_node_status.go:78", format!("\"Successfully registered node\" node=\"{}\"", self.0.config.name));
            return;
        }
        self.says(unit, "Stopping", "...");
        if let Some(child) = machine.running("kubelet") {
            let _ = machine.kernel.signal_from_outside(child.pid(), crate::process::Signal::KILL);
        }
        self.says(unit, "Stopped", ".");
    }

    /// Writes a line into the kubelet's log. Models klog's header.
    pub(in super::super) fn log(&self, level: char, source: &str, text: String) {
        let machine = self.runtime().machine();
        let pid = machine.running("kubelet").map_or(0, |child| child.pid());
        let at = self.0.sim.timestamp().strftime("%m%d %H:%M:%S.%6f");
        machine.log("kubelet", "kubelet", format!("{level}{at} {pid:>7} {source}] {text}"));
    }

    /// Somebody listens where ssh knocks; the session itself does not go through the simulated network.
    fn serve_ssh(&self) {
        let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let Ok(listener) = self.runtime().host().listen(any, SSH_PORT, "sshd") else { return };
        let Some(daemon) = self.runtime().machine().running("ssh") else { return };
        self.0.sim.spawn(async move {
            let accept = Box::pin(async { while listener.accept().await.is_some() {} });
            select(accept, Box::pin(daemon.wait())).await;
        });
    }
}
