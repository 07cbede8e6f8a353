//! What can be broken in a cluster, in the words in which a learner, a lesson and a recording name it.

use std::fmt;

use crate::api::quantity::Quantity;

/// Something that is broken, or that breaks once. Its text (`Display`) is what [`Fault::parse`] reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The node's kubelet is stopped; its containers go on.
    Kubelet { node: String },
    /// The node has no power.
    Power { node: String },
    /// No packet enters or leaves the node.
    Network { node: String },
    /// Something on the node takes so many bytes of memory.
    Memory { node: String, bytes: u64 },
    /// Something on the node takes so many bytes of its disk.
    Disk { node: String, bytes: u64 },
    /// No registry answers.
    Registry,
    /// Every pull takes so many seconds longer.
    SlowRegistry { seconds: u64 },
    /// A part of the control plane stands still: `kube-scheduler`, or a controller.
    Freeze { component: String },
    /// Once: a container's first process is killed. Without a container's name all of the pod's.
    Kill { namespace: String, pod: String, container: String },
    /// Once: a process of a container is killed, named by its number or its program.
    KillProcess { namespace: String, pod: String, container: String, process: String },
}

/// A fault's first word, what follows, and what it does.
pub const GRAMMAR: &[(&str, &str, &str)] = &[
    ("kubelet", "NODE", "stop the node's kubelet; its containers go on"),
    ("power", "NODE", "turn the node off"),
    ("network", "NODE", "cut the node off from the network"),
    ("memory", "NODE [SIZE]", "take SIZE (or nearly all) of the node's memory"),
    ("disk", "NODE [SIZE]", "take SIZE (or nearly all) of the node's disk"),
    ("registry", "", "let no registry answer"),
    ("slow-registry", "[SECONDS]", "make every image pull SECONDS (or 30) longer"),
    ("freeze", "COMPONENT", "stop the scheduler or a controller"),
    ("kill", "[NAMESPACE/]POD [CONTAINER]", "kill a container, once"),
    ("kill-process", "[NAMESPACE/]POD CONTAINER PROCESS", "kill a process of a container, once; PROCESS is a number or a name"),
];

/// What a slow registry adds where nothing is said.
const SLOW_SECONDS: u64 = 30;
/// The longest that it may add.
const LIMIT_SLOW_SECONDS: u64 = 3600;

impl Fault {
    /// Reads a fault's words. The error says what is wrong with them.
    pub fn parse(words: &str) -> Result<Fault, String> {
        let mut rest = words.split_whitespace();
        let first = rest.next().unwrap_or_default();
        let Some((_, form, _)) = GRAMMAR.iter().find(|(name, ..)| *name == first) else {
            let names: Vec<&str> = GRAMMAR.iter().map(|(name, ..)| *name).collect();
            return Err(format!("unknown fault \"{first}\": there are {}", names.join(", ")));
        };
        let given: Vec<&str> = rest.collect();
        let least = form.split_whitespace().filter(|word| !word.starts_with('[') || word.contains("]P")).count();
        if given.len() < least || given.len() > form.split_whitespace().count() {
            return Err(format!("the form is: {first} {form}"));
        }
        let word = |at: usize| given.get(at).copied().unwrap_or_default().to_owned();
        let (namespace, pod) = match word(0).split_once('/') {
            Some((namespace, pod)) => (namespace.to_owned(), pod.to_owned()),
            None => ("default".to_owned(), word(0)),
        };
        Ok(match first {
            "kubelet" => Fault::Kubelet { node: word(0) },
            "power" => Fault::Power { node: word(0) },
            "network" => Fault::Network { node: word(0) },
            "memory" => Fault::Memory { node: word(0), bytes: size(given.get(1))? },
            "disk" => Fault::Disk { node: word(0), bytes: size(given.get(1))? },
            "registry" => Fault::Registry,
            "slow-registry" => Fault::SlowRegistry { seconds: seconds(given.first())? },
            "freeze" => Fault::Freeze { component: word(0) },
            "kill" => Fault::Kill { namespace, pod, container: word(1) },
            _ => Fault::KillProcess { namespace, pod, container: word(1), process: word(2) },
        })
    }

    /// Whether it happens once, so that there is nothing to heal.
    pub fn is_once(&self) -> bool {
        matches!(self, Fault::Kill { .. } | Fault::KillProcess { .. })
    }

    /// The node that it is about.
    pub fn node(&self) -> Option<&str> {
        match self {
            Fault::Kubelet { node }
            | Fault::Power { node }
            | Fault::Network { node }
            | Fault::Memory { node, .. }
            | Fault::Disk { node, .. } => Some(node),
            _ => None,
        }
    }

    /// Whether the two cannot be in force at once: only their amounts differ.
    pub fn is_like(&self, other: &Fault) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
            && self.node() == other.node()
            && match (self, other) {
                (Fault::Freeze { component: a }, Fault::Freeze { component: b }) => a == b,
                _ => true,
            }
    }
}

/// `12Gi`; 0 stands for nearly all.
fn size(word: Option<&&str>) -> Result<u64, String> {
    let Some(word) = word else { return Ok(0) };
    let bytes = Quantity::parse(word).ok().and_then(|quantity| u64::try_from(quantity.value()).ok());
    bytes.filter(|bytes| *bytes > 0).ok_or_else(|| format!("\"{word}\" is no size: 512Mi and 12Gi are"))
}

fn seconds(word: Option<&&str>) -> Result<u64, String> {
    let Some(word) = word else { return Ok(SLOW_SECONDS) };
    let number = word.trim_end_matches('s').parse().ok();
    number.filter(|seconds| (1..=LIMIT_SLOW_SECONDS).contains(seconds)).ok_or_else(|| format!("\"{word}\" are no seconds: 30 are"))
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let some = |bytes: &u64| if *bytes == 0 { String::new() } else { format!(" {bytes}") };
        let text = match self {
            Fault::Kubelet { node } => format!("kubelet {node}"),
            Fault::Power { node } => format!("power {node}"),
            Fault::Network { node } => format!("network {node}"),
            Fault::Memory { node, bytes } => format!("memory {node}{}", some(bytes)),
            Fault::Disk { node, bytes } => format!("disk {node}{}", some(bytes)),
            Fault::Registry => "registry".to_owned(),
            Fault::SlowRegistry { seconds } => format!("slow-registry {seconds}"),
            Fault::Freeze { component } => format!("freeze {component}"),
            Fault::Kill { namespace, pod, container } => format!("kill {namespace}/{pod} {container}"),
            Fault::KillProcess { namespace, pod, container, process } => format!("kill-process {namespace}/{pod} {container} {process}"),
        };
        f.write_str(text.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_written_alike() {
        for words in [
            "kubelet node-1",
            "power node-1",
            "network node-1",
            "memory node-1",
            "disk node-1 1024",
            "registry",
            "slow-registry 30",
            "freeze kube-scheduler",
            "kill default/web main",
            "kill a/web",
            "kill-process default/web main nginx",
        ] {
            assert_eq!(Fault::parse(words).map(|fault| fault.to_string()), Ok(words.to_owned()));
        }
        assert_eq!(Fault::parse("kill web"), Fault::parse("kill default/web"));
        for (words, error) in [
            ("", "unknown fault \"\": there are kubelet, power"),
            ("kubelet", "the form is: kubelet NODE"),
            ("kill", "the form is: kill [NAMESPACE/]POD [CONTAINER]"),
            ("memory node-1 lots", "\"lots\" is no size"),
            ("slow-registry 0", "\"0\" are no seconds"),
            ("registry now", "the form is: registry"),
        ] {
            assert!(Fault::parse(words).is_err_and(|said| said.starts_with(error)), "{words}");
        }
    }
}
