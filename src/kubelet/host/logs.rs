//! `/var/log/pods` and `/var/log/containers`: the logs as the runtime keeps them on the node's disk.

use std::rc::{Rc, Weak};

use super::super::main_loop::{Inner, Kubelet};
use crate::cri::Container;
use crate::process::vfs::{Provider, ProviderNode, Source};

struct PodLogs {
    kubelet: Weak<Inner>,
    /// Links by container, instead of folders by pod.
    links: bool,
}

/// `NAMESPACE_POD_UID`: a pod's folder.
pub(super) fn folder(container: &Container) -> String {
    let pod = &container.sandbox.config;
    format!("{}_{}_{}", pod.namespace, pod.name, pod.uid)
}

/// Where a container's log is.
pub(super) fn path(container: &Container) -> String {
    format!("/var/log/pods/{}/{}/{}.log", folder(container), container.config.name, container.config.attempt)
}

fn link(container: &Container) -> String {
    let pod = &container.sandbox.config;
    format!("{}_{}_{}-{}.log", pod.name, pod.namespace, container.config.name, container.id)
}

impl Provider for PodLogs {
    fn lookup(&self, path: &str) -> Option<ProviderNode> {
        let containers = Kubelet(self.kubelet.upgrade()?).runtime().containers();
        let dir = |names: Vec<String>| {
            let mut names = names;
            names.sort();
            names.dedup();
            Some(ProviderNode::Directory(names))
        };
        if self.links {
            if path.is_empty() {
                return dir(containers.iter().map(|c| link(c)).collect());
            }
            return containers.iter().find(|c| link(c) == path).map(|c| ProviderNode::Symlink(self::path(c)));
        }
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let of_pod: Vec<Rc<Container>> = containers.into_iter().filter(|c| parts.first().is_none_or(|pod| folder(c) == *pod)).collect();
        if !parts.is_empty() && of_pod.is_empty() {
            return None;
        }
        match parts.as_slice() {
            [] => dir(of_pod.iter().map(|c| folder(c)).collect()),
            [_] => dir(of_pod.iter().map(|c| c.config.name.clone()).collect()),
            [_, name] => {
                let files: Vec<String> =
                    of_pod.iter().filter(|c| c.config.name == *name).map(|c| format!("{}.log", c.config.attempt)).collect();
                if files.is_empty() { None } else { dir(files) }
            }
            [_, name, file] => {
                let found = of_pod.iter().find(|c| c.config.name == *name && format!("{}.log", c.config.attempt) == *file)?;
                Some(ProviderNode::File(found.log.cri_text().into_bytes()))
            }
            _ => None,
        }
    }
}

/// Mounts both folders.
pub(super) fn mount(kubelet: &Kubelet) {
    let files = kubelet.runtime().machine().files();
    for (path, links) in [("/var/log/pods", false), ("/var/log/containers", true)] {
        files.mount(path, Source::Provider(Rc::new(PodLogs { kubelet: Rc::downgrade(&kubelet.0), links })), false);
    }
}
