//! `/var/lib/kubelet/pods`: the pods' volumes as they lie on the node's disk.

use std::rc::{Rc, Weak};

use super::super::main_loop::{Inner, Kubelet};
use crate::process::vfs::{Provider, ProviderNode, Source};

struct PodFolders(Weak<Inner>);

impl Provider for PodFolders {
    fn lookup(&self, path: &str) -> Option<ProviderNode> {
        let kubelet = Kubelet(self.0.upgrade()?);
        let workers = kubelet.0.workers.borrow();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let dir = |mut names: Vec<String>| {
            names.sort();
            names.dedup();
            Some(ProviderNode::Directory(names))
        };
        let Some(uid) = parts.first() else { return dir(workers.keys().cloned().collect()) };
        let record = workers.get(*uid)?.record.borrow();
        let volumes = record.volumes.as_ref().map(|volumes| volumes.sources()).unwrap_or_default();
        match parts.get(1..).unwrap_or_default() {
            [] => dir(["containers", "volumes"].map(str::to_owned).to_vec()),
            ["containers"] => dir(record.containers.keys().cloned().collect()),
            ["containers", name] => record.containers.get(*name).and_then(|_| dir(Vec::new())),
            ["volumes"] => dir(volumes.iter().map(|(plugin, ..)| (*plugin).to_owned()).collect()),
            ["volumes", plugin] => {
                let names: Vec<String> = volumes.iter().filter(|(p, ..)| p == plugin).map(|(_, name, _)| name.clone()).collect();
                if names.is_empty() { None } else { dir(names) }
            }
            ["volumes", plugin, name] => {
                let found = volumes.into_iter().find(|(p, n, _)| p == plugin && n == name)?;
                Some(ProviderNode::Mounted(found.2))
            }
            _ => None,
        }
    }
}

/// Mounts the folder.
pub(super) fn mount(kubelet: &Kubelet) {
    let files = kubelet.runtime().machine().files();
    files.mount("/var/lib/kubelet/pods", Source::Provider(Rc::new(PodFolders(Rc::downgrade(&kubelet.0)))), false);
}
