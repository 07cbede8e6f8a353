//! A pod's sandbox: what its containers share. Models `createPodSandbox` of `pkg/kubelet/kuberuntime`.

use std::rc::Rc;
use std::time::Duration;

use super::files;
use super::record::{ContainerRecord, name_of, namespace_of, spec_of, uid_of};
use super::worker::{RETRY, Worker};
use crate::api::pod::is_sidecar;
use crate::cri::{Sandbox, SandboxConfig};
use crate::network::{Resolver, SocketAddr};

impl Worker {
    /// The pod's sandbox, made where it has none. `Err` tells when to try again.
    pub(super) async fn ensure_sandbox(self: &Rc<Self>) -> Result<Rc<Sandbox>, Duration> {
        let existing = self.record.borrow().sandbox.clone();
        if let Some(sandbox) = existing {
            if sandbox.is_ready() {
                return Ok(sandbox);
            }
            let policy = spec_of(&self.pod()).restart_policy.clone().unwrap_or_default();
            let ran = self.record.borrow().containers.values().any(|container| container.current.is_some());
            if policy == "Never" && ran {
                // A pod that must not start again gets no second sandbox: it has come to its end.
                self.save_status();
                return Err(RETRY);
            }
            self.event(None, "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
            // What ended with the sandbox starts anew, whatever its exit code; but not what is done under OnFailure.
            let regular: Vec<String> = spec_of(&self.pod()).containers.iter().map(|container| container.name.clone()).collect();
            let done = |name: &str, record: &ContainerRecord| {
                policy == "OnFailure" && record.exit_code() == Some(0) && regular.iter().any(|regular| regular == name)
            };
            self.restart_all(done).await;
        }
        let config = self.sandbox_config();
        match self.kubelet.0.runtime.run_sandbox(config).await {
            Ok(sandbox) => {
                self.adopt(&sandbox);
                Ok(sandbox)
            }
            Err(why) => {
                let message = format!("Failed to create pod sandbox: rpc error: code = Unknown desc = {why}");
                self.event(None, "Warning", "FailedCreatePodSandBox", &message);
                Err(RETRY)
            }
        }
    }

    fn sandbox_config(&self) -> SandboxConfig {
        let pod = self.pod();
        let spec = spec_of(&pod);
        let hostname = self.hostname();
        // The address is not known yet; the pod's own name is added when it is.
        let resolver = Resolver::parse(&files::hosts(&pod, &hostname, None), &files::resolv_conf(&pod, self.kubelet.0.config.cluster_dns));
        SandboxConfig {
            name: name_of(&pod).to_owned(),
            namespace: namespace_of(&pod).to_owned(),
            uid: uid_of(&pod).to_owned(),
            attempt: self.record.borrow().sandboxes,
            hostname,
            host_network: spec.host_network == Some(true),
            share_processes: spec.share_process_namespace == Some(true),
            host_pid: spec.host_pid == Some(true),
            host_ipc: spec.host_ipc == Some(true),
            resolver,
            labels: pod.metadata.labels.clone().unwrap_or_default(),
        }
    }

    fn adopt(self: &Rc<Self>, sandbox: &Rc<Sandbox>) {
        let pod = self.pod();
        let spec = spec_of(&pod);
        {
            let mut record = self.record.borrow_mut();
            record.sandbox = Some(sandbox.clone());
            record.sandboxes += 1;
        }
        if spec.host_network != Some(true) {
            let hosts = files::hosts(&pod, &self.hostname(), sandbox.ip);
            sandbox.net.set_resolver(Resolver::parse(&hosts, &files::resolv_conf(&pod, self.kubelet.0.config.cluster_dns)));
            let owner = format!("{}/{}", namespace_of(&pod), name_of(&pod));
            let sidecars = spec.init_containers.iter().flatten().filter(|container| is_sidecar(container));
            let ports = spec.containers.iter().chain(sidecars).flat_map(|c| c.ports.iter().flatten());
            for port in ports {
                let (Some(host_port), Some(ip)) = (port.host_port.and_then(|p| u16::try_from(p).ok()), sandbox.ip) else { continue };
                let target = SocketAddr::new(ip, u16::try_from(port.container_port).unwrap_or_default());
                self.kubelet.0.runtime.network().set_host_port(self.kubelet.0.runtime.host(), host_port, &owner, target);
            }
        }
        // A sandbox that ends on its own has to be made anew.
        let (worker, sandbox) = (Rc::downgrade(self), sandbox.clone());
        self.kubelet.0.sim.spawn(async move {
            while sandbox.is_ready() {
                let changed = sandbox.changed().notified();
                if sandbox.is_ready() {
                    changed.await;
                }
            }
            if let Some(worker) = worker.upgrade() {
                worker.updated.notify();
            }
        });
    }

    /// The host name of the pod's containers. Models `GeneratePodHostNameAndDomain`.
    pub fn hostname(&self) -> String {
        let pod = self.pod();
        let spec = spec_of(&pod);
        if spec.host_network == Some(true) {
            return self.kubelet.0.config.name.clone();
        }
        let name = spec.hostname.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| name_of(&pod).to_owned());
        name.chars().take(63).collect::<String>().trim_end_matches(['-', '.']).to_owned()
    }

    /// Stops the sandbox and gives back what it held.
    pub async fn stop_sandbox(&self) {
        let sandbox = self.record.borrow().sandbox.clone();
        let Some(sandbox) = sandbox.filter(|sandbox| sandbox.is_ready()) else { return };
        let pod = self.pod();
        self.kubelet.0.runtime.network().remove_host_ports(&format!("{}/{}", namespace_of(&pod), name_of(&pod)));
        self.kubelet.0.runtime.stop_sandbox(&sandbox).await;
    }
}
