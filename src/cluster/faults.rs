//! Breaking things, and healing them. Each leaves its mark in the trace.

use std::rc::Rc;
use std::time::Duration;

use super::{Cluster, Fault};
use crate::controllers;
use crate::cri::Container;
use crate::kubelet::Kubelet;
use crate::process::Signal;
use crate::sim::TraceKind;

/// Who breaks things, in the trace.
const ACTOR: &str = "fault";
/// What a filled memory or disk leaves free where no size is given.
const LEFT_BYTES: u64 = 64 * 1024 * 1024;
const KIB: u64 = 1024;

impl Cluster {
    /// The faults in force, in order of their words.
    pub fn faults(&self) -> Vec<Fault> {
        self.0.faults.borrow().iter().cloned().collect()
    }

    /// Breaks something. The error says why that cannot be broken; then nothing has happened.
    pub fn fault(&self, fault: &Fault) -> Result<(), String> {
        match fault {
            Fault::Kill { namespace, pod, container } => return self.kill(fault, namespace, pod, container, ""),
            Fault::KillProcess { namespace, pod, container, process } => return self.kill(fault, namespace, pod, container, process),
            _ => {}
        }
        self.check(fault)?;
        if self.0.faults.borrow().contains(fault) {
            return Ok(());
        }
        // One of another amount gives way, and the trace knows.
        for other in self.faults().iter().filter(|other| other.is_like(fault)) {
            self.0.faults.borrow_mut().remove(other);
            self.tell(other, false);
        }
        self.tell(fault, true);
        self.0.faults.borrow_mut().insert(fault.clone());
        self.apply(fault);
        Ok(())
    }

    /// Heals a fault that is in force; the amount of memory, disk or slowness need not be the same.
    pub fn heal(&self, fault: &Fault) -> Result<(), String> {
        if fault.is_once() {
            return Err("what was killed is not healed: its kubelet starts it again".into());
        }
        let Some(found) = self.faults().into_iter().find(|other| other.is_like(fault)) else {
            return Err(format!("\"{fault}\" is not in force"));
        };
        self.0.faults.borrow_mut().remove(&found);
        self.tell(&found, false);
        self.apply(&found);
        Ok(())
    }

    /// Heals everything.
    pub fn heal_all(&self) {
        for fault in self.faults() {
            let _ = self.heal(&fault);
        }
    }

    /// What an order says: a fault to heal (`None` is all of them) or to cause.
    pub fn read_order(words: &str) -> Result<(bool, Option<Fault>), String> {
        let words = words.trim();
        match words.strip_prefix("heal").filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
            Some("") => Ok((true, None)),
            Some(rest) => Fault::parse(rest).map(|fault| (true, Some(fault))),
            None => Fault::parse(words).map(|fault| (false, Some(fault))),
        }
    }

    /// Obeys an order in words: `network node-1` breaks, `heal network node-1` heals, `heal` heals everything.
    pub fn order(&self, words: &str) -> Result<(), String> {
        match Cluster::read_order(words)? {
            (_, None) => {
                self.heal_all();
                Ok(())
            }
            (true, Some(fault)) => self.heal(&fault),
            (false, Some(fault)) => self.fault(&fault),
        }
    }

    fn tell(&self, fault: &Fault, broken: bool) -> u64 {
        let sim = self.sim();
        let kind = TraceKind::Fault { what: fault.to_string().into(), broken };
        sim.trace().record(sim.now(), &ACTOR.into(), None, kind)
    }

    fn check(&self, fault: &Fault) -> Result<(), String> {
        if let Some(node) = fault.node() {
            self.node(node)?;
        }
        match fault {
            Fault::Freeze { component } if component != "kube-scheduler" && !controllers::NAMES.contains(&component.as_str()) => {
                Err(format!("there is no component \"{component}\": there are kube-scheduler, {}", controllers::NAMES.join(", ")))
            }
            _ => Ok(()),
        }
    }

    fn node(&self, node: &str) -> Result<&Kubelet, String> {
        let names = || self.0.kubelets.keys().cloned().collect::<Vec<_>>().join(", ");
        self.0.kubelets.get(node).ok_or_else(|| format!("there is no node \"{node}\": there are {}", names()))
    }

    /// Brings what `fault` is about into the state that the faults now in force ask for.
    fn apply(&self, fault: &Fault) {
        let faults = self.faults();
        match fault {
            Fault::Registry => self.registry().set_down(faults.contains(&Fault::Registry)),
            Fault::SlowRegistry { .. } => {
                let seconds = faults.iter().find_map(|f| if let Fault::SlowRegistry { seconds } = f { Some(*seconds) } else { None });
                self.registry().set_slow_down(Duration::from_secs(seconds.unwrap_or(0)));
            }
            Fault::Freeze { component } => self.set_running(component, !faults.contains(fault)),
            _ => {
                if let Some(node) = fault.node() {
                    self.apply_to_node(node, &faults);
                }
            }
        }
    }

    fn apply_to_node(&self, node: &str, faults: &[Fault]) {
        let Ok(kubelet) = self.node(node) else { return };
        let here: Vec<&Fault> = faults.iter().filter(|fault| fault.node() == Some(node)).collect();
        let has = |wanted: fn(&Fault) -> bool| here.iter().any(|fault| wanted(fault));
        let off = has(|fault| matches!(fault, Fault::Power { .. }));
        if off && !kubelet.is_off() {
            kubelet.crash();
        }
        let cut = off || has(|fault| matches!(fault, Fault::Network { .. }));
        if self.network().faults().cut_off.contains(node) != cut {
            self.network().cut_off(node, cut);
        }
        let config = kubelet.config();
        let amount = |bytes: u64, all: u64| if bytes == 0 { all.saturating_sub(LEFT_BYTES) } else { bytes.min(all) };
        let memory = here.iter().find_map(|f| if let Fault::Memory { bytes, .. } = f { Some(*bytes) } else { None });
        let disk = here.iter().find_map(|f| if let Fault::Disk { bytes, .. } = f { Some(*bytes) } else { None });
        kubelet.set_hog(
            memory.map_or(0, |bytes| amount(bytes, config.memory_kib * KIB)),
            disk.map_or(0, |bytes| amount(bytes, config.disk_kib * KIB)),
        );
        if !off {
            kubelet.set_running(!has(|fault| matches!(fault, Fault::Kubelet { .. })));
        }
    }

    fn kill(&self, fault: &Fault, namespace: &str, pod: &str, container: &str, process: &str) -> Result<(), String> {
        let found = self.containers_of(namespace, pod, container);
        if found.is_empty() {
            let of = if container.is_empty() { String::new() } else { format!(" of the name \"{container}\"") };
            return Err(format!("no container{of} runs in the pod \"{namespace}/{pod}\""));
        }
        let mut victims: Vec<(Rc<Container>, Option<u32>)> = Vec::new();
        for container in found {
            if process.is_empty() {
                victims.push((container, None));
                continue;
            }
            let is_meant = |argv: &[String]| {
                let program = argv.first().map(String::as_str).unwrap_or_default();
                program.rsplit('/').next() == Some(process) || program.trim_end_matches(':') == process
            };
            let processes = container.kernel.processes();
            let found =
                processes.iter().find(|p| p.pid.to_string() == process).or_else(|| processes.iter().find(|p| is_meant(&p.argv.borrow())));
            if let Some(found) = found {
                victims.push((container.clone(), Some(found.pid)));
            }
        }
        if victims.is_empty() {
            return Err(format!("no process \"{process}\" runs in the container \"{container}\" of the pod \"{namespace}/{pod}\""));
        }
        let seq = self.tell(fault, true);
        for (container, pid) in victims {
            if let Some(kubelet) = self.0.kubelets.values().find(|k| k.runtime().containers().iter().any(|c| c.id == container.id)) {
                kubelet.blame(&container.sandbox.config.uid, seq);
            }
            match pid {
                None => container.signal(Signal::KILL),
                Some(pid) => drop(container.kernel.signal_from_outside(pid, Signal::KILL)),
            }
        }
        Ok(())
    }

    fn containers_of(&self, namespace: &str, pod: &str, container: &str) -> Vec<Rc<Container>> {
        let all = self.0.kubelets.values().flat_map(|kubelet| kubelet.runtime().containers());
        let is_meant = |c: &Rc<Container>| {
            let sandbox = &c.sandbox.config;
            sandbox.namespace == namespace && sandbox.name == pod && (container.is_empty() || c.config.name == container) && c.is_running()
        };
        all.filter(is_meant).collect()
    }
}
