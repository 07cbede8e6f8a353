//! What happens to the cluster.

use std::cell::Cell;
use std::time::Duration;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Namespace, Node, Pod, Service, Taint};
use podground::api::object::Typed;
use podground::client::{Client, DeleteOptions, Propagation};
use podground::cluster::Cluster;
use podground::sim::Rng;
use serde_json::{Value, json};

const NODES: [&str; 3] = ["node-1", "node-2", "node-3"];
const COMPONENTS: [&str; 9] = [
    "kube-scheduler",
    "replicaset-controller",
    "deployment-controller",
    "generic-garbage-collector",
    "endpointslice-controller",
    "node-lifecycle-controller",
    "job-controller",
    "daemonset-controller",
    "namespace-controller",
];

pub struct Story {
    cluster: Cluster,
    client: Client,
    rng: Rng,
    number: u32,
    /// Whether memory or disk of a node was ever short.
    pressed: Cell<bool>,
}

impl Story {
    pub fn new(cluster: &Cluster, seed: u64) -> Story {
        Story { cluster: cluster.clone(), client: cluster.client("chaos"), rng: Rng::new(seed), number: 0, pressed: Cell::new(false) }
    }

    fn wait(&self, limit: u64) {
        let sim = self.cluster.sim();
        let duration = Duration::from_millis(50 + self.rng.below(limit));
        sim.run_until(sim.now() + duration, 50_000_000);
    }

    fn pick<T>(&self, items: &[T]) -> Option<usize> {
        (!items.is_empty()).then(|| self.rng.below(items.len() as u64) as usize)
    }

    fn create<T: Typed + serde::de::DeserializeOwned>(&self, object: Value) -> String {
        let text = format!("create {}", object["metadata"]["name"]);
        let object: T = serde_json::from_value(object).expect("a well-formed object");
        match self.client.create(object) {
            Ok(_) => text,
            Err(status) => format!("{text}: {status}"),
        }
    }

    /// Does step number `number` of the story of `seed`; says what. Steps do not share their chances, so that a story without
    /// some of its steps is still the same story.
    pub fn step(&mut self, seed: u64, number: u32) -> String {
        self.rng = Rng::new(seed).fork(&format!("step {number}"));
        self.number = number;
        let what = match self.rng.below(24) {
            0..3 => self.create_deployment(),
            3..5 => self.change_deployment(),
            5 => self.delete_deployment(),
            6..8 => self.create_pod(),
            8 => self.create_pod_of_a_lesson(),
            9..11 => self.delete_pod(),
            11 => self.create_job(),
            12 => self.create_service(),
            13 => self.change_namespace(),
            14 => self.change_node(),
            15 => self.create_daemon_set(),
            16 => self.create_cron_job(),
            17 => self.kill(),
            18 => self.heal(),
            _ => self.break_something(),
        };
        let long = std::env::var("SIMULATION_LONG_WAIT_MILLIS").ok().and_then(|text| text.parse().ok()).unwrap_or(600_000);
        self.wait(match self.rng.below(16) {
            0 => long,
            1..4 => 60_000,
            _ => 4000,
        });
        what
    }

    fn container(&self) -> Value {
        let cpu = format!("{}m", 50 + 50 * self.rng.below(8));
        json!({"name": "main", "image": "nginx", "resources": {"requests": {"cpu": cpu}}})
    }

    fn create_deployment(&self) -> String {
        let name = format!("web-{}", self.number);
        self.create::<Deployment>(json!({"metadata": {"name": name, "namespace": "default"}, "spec": {"replicas": self.rng.below(5),
            "selector": {"matchLabels": {"app": name}}, "template": {"metadata": {"labels": {"app": name}},
            "spec": {"terminationGracePeriodSeconds": self.rng.below(10), "containers": [self.container()]}}}}))
    }

    fn change_deployment(&self) -> String {
        let all = self.client.list::<Deployment>(Some("default"));
        let Some(at) = self.pick(&all) else { return "nothing".into() };
        let mut deployment = (*all[at]).clone();
        let spec = deployment.spec.as_mut().expect("a spec");
        if self.rng.below(2) == 0 {
            spec.replicas = Some(self.rng.below(6) as i32);
        } else {
            let container = self.container();
            spec.template.spec.as_mut().expect("a pod spec").containers = vec![serde_json::from_value(container).expect("a container")];
        }
        let name = deployment.metadata.name.clone();
        format!("change {name:?}: {:?}", self.client.update(deployment).err())
    }

    fn delete_deployment(&self) -> String {
        let all = self.client.list::<Deployment>(Some("default"));
        let Some(at) = self.pick(&all) else { return "nothing".into() };
        let propagation = [Propagation::Background, Propagation::Foreground][self.rng.below(2) as usize];
        let name = all[at].metadata.name.clone().expect("a name");
        let options = DeleteOptions { propagation, ..DeleteOptions::default() };
        format!("delete {name} {propagation:?}: {:?}", self.client.delete::<Deployment>("default", &name, options).err())
    }

    fn create_pod(&self) -> String {
        let policy = ["Always", "OnFailure", "Never"][self.rng.below(3) as usize];
        self.create::<Pod>(json!({"metadata": {"name": format!("pod-{}", self.number), "namespace": "default"},
            "spec": {"restartPolicy": policy, "terminationGracePeriodSeconds": self.rng.below(10), "containers": [self.container()]}}))
    }

    fn delete_pod(&self) -> String {
        let all = self.client.list::<Pod>(Some("default"));
        let Some(at) = self.pick(&all) else { return "nothing".into() };
        let name = all[at].metadata.name.clone().expect("a name");
        let grace_period_seconds = [None, Some(1), Some(0)][self.rng.below(3) as usize];
        let options = DeleteOptions { grace_period_seconds, ..DeleteOptions::default() };
        format!("delete {name}: {:?}", self.client.delete::<Pod>("default", &name, options).err())
    }

    fn create_job(&self) -> String {
        self.create::<Job>(json!({"metadata": {"name": format!("job-{}", self.number), "namespace": "default"},
            "spec": {"completions": 1 + self.rng.below(3), "parallelism": 1 + self.rng.below(2), "template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "main", "image": "busybox", "command": ["sh", "-c", "sleep 2"]}]}}}}))
    }

    fn create_service(&self) -> String {
        let all = self.client.list::<Deployment>(Some("default"));
        let Some(at) = self.pick(&all) else { return "nothing".into() };
        let app = all[at].metadata.name.clone();
        self.create::<Service>(json!({"metadata": {"name": format!("svc-{}", self.number), "namespace": "default"},
            "spec": {"selector": {"app": app}, "ports": [{"port": 80}]}}))
    }

    fn change_namespace(&self) -> String {
        let name = format!("ns-{}", self.rng.below(3));
        if self.client.get::<Namespace>("", &name).is_some() {
            return format!("delete {name}: {:?}", self.client.delete::<Namespace>("", &name, DeleteOptions::default()).err());
        }
        let said = self.create::<Namespace>(json!({"metadata": {"name": name}}));
        self.wait(100);
        let pod =
            self.create::<Pod>(json!({"metadata": {"name": "inside", "namespace": name}, "spec": {"containers": [self.container()]}}));
        format!("{said}, {pod}")
    }

    fn change_node(&self) -> String {
        let name = NODES[self.rng.below(3) as usize];
        let Some(node) = self.client.get::<Node>("", name) else { return "nothing".into() };
        let mut node = (*node).clone();
        let spec = node.spec.get_or_insert_default();
        if self.rng.below(2) == 0 {
            spec.unschedulable = Some(!spec.unschedulable.unwrap_or(false));
        } else {
            let taints = spec.taints.get_or_insert_default();
            let before = taints.len();
            taints.retain(|taint| taint.key != "chaos");
            if taints.len() == before {
                let effect = ["NoSchedule", "NoExecute"][self.rng.below(2) as usize].to_owned();
                taints.push(Taint { key: "chaos".into(), effect, ..Taint::default() });
            }
        }
        format!("change {name}: {:?}", self.client.update(node).err())
    }

    fn break_something(&self) -> String {
        let node = NODES[self.rng.below(3) as usize];
        let order = match self.rng.below(8) {
            0 => format!("kubelet {node}"),
            1 => format!("power {node}"),
            2 => format!("network {node}"),
            3 => format!("memory {node}"),
            4 => format!("disk {node}"),
            5 => "registry".to_owned(),
            6 => format!("slow-registry {}", 1 + self.rng.below(60)),
            _ => format!("freeze {}", COMPONENTS[self.rng.below(COMPONENTS.len() as u64) as usize]),
        };
        // As often healed as broken.
        let order = if self.rng.below(2) == 0 { order } else { format!("heal {order}") };
        self.pressed.set(self.pressed.get() || order.starts_with("memory") || order.starts_with("disk"));
        if self.would_spin(&order) {
            return format!("fault {order}: left out");
        }
        format!("fault {order}: {:?}", self.cluster.order(&order).err())
    }

    /// Whether the fault would make a pressed node that no taint marks: the scheduler sends pods there, the kubelet refuses them,
    /// their ReplicaSet makes others at once, hundreds each second for as long as it lasts, as in a real cluster.
    fn would_spin(&self, order: &str) -> bool {
        let presses = |order: &str| order.starts_with("memory") || order.starts_with("disk");
        let hides = |order: &str| order == "freeze node-lifecycle-controller";
        let in_force: Vec<String> = self.cluster.faults().iter().map(ToString::to_string).collect();
        // What pressed a node presses it for five minutes more, so that the second does not follow the first.
        (presses(order) && in_force.iter().any(|fault| hides(fault))) || (hides(order) && self.pressed.get())
    }

    fn heal(&self) -> String {
        self.cluster.heal_all();
        "fault heal".into()
    }

    fn kill(&self) -> String {
        let all = self.client.list::<Pod>(None);
        let Some(at) = self.pick(&all) else { return "nothing".into() };
        let (namespace, name) = (all[at].metadata.namespace.clone().unwrap_or_default(), all[at].metadata.name.clone().unwrap_or_default());
        let order = format!("kill {namespace}/{name}");
        format!("fault {order}: {:?}", self.cluster.order(&order).err())
    }

    /// Pods as lessons have them: crashing, probed, with init containers and sidecars, deaf to SIGTERM, too large.
    fn create_pod_of_a_lesson(&self) -> String {
        let sh = |script: &str| json!(["sh", "-c", script]);
        let probe = json!({"httpGet": {"path": "/", "port": 80}, "periodSeconds": 5});
        let spec = match self.rng.below(8) {
            0 => json!({"containers": [{"name": "main", "image": "busybox", "command": sh("exit 1")}]}),
            1 => json!({"containers": [{"name": "main", "image": "nginx", "readinessProbe": probe, "livenessProbe": probe}]}),
            2 => {
                json!({"initContainers": [{"name": "one", "image": "busybox", "command": sh("sleep 3")}, {"name": "two", "image": "busybox", "command": sh("true")}],
                "containers": [{"name": "main", "image": "nginx"}]})
            }
            3 => json!({"initContainers": [{"name": "proxy", "image": "nginx", "restartPolicy": "Always", "startupProbe": probe}],
                "containers": [{"name": "main", "image": "busybox", "command": sh("sleep 1000000")}]}),
            4 => {
                json!({"terminationGracePeriodSeconds": 5, "containers": [{"name": "main", "image": "busybox", "command": sh("trap '' TERM; while true; do sleep 1000; done")}]})
            }
            5 => json!({"containers": [{"name": "main", "image": "no-such-image"}]}),
            6 => json!({"containers": [{"name": "main", "image": "nginx", "resources": {"requests": {"cpu": "40"}}}]}),
            _ => {
                json!({"containers": [{"name": "main", "image": "nginx", "lifecycle": {"preStop": {"exec": {"command": ["sleep", "3"]}}}}]})
            }
        };
        self.create::<Pod>(json!({"metadata": {"name": format!("lesson-{}", self.number), "namespace": "default"}, "spec": spec}))
    }

    fn create_daemon_set(&self) -> String {
        let name = format!("agent-{}", self.number);
        self.create::<DaemonSet>(
            json!({"metadata": {"name": name, "namespace": "default"}, "spec": {"selector": {"matchLabels": {"app": name}},
            "updateStrategy": {"rollingUpdate": {"maxSurge": self.rng.below(2), "maxUnavailable": 0}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "main", "image": "nginx"}]}}}}),
        )
    }

    fn create_cron_job(&self) -> String {
        let template =
            json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "busybox", "command": ["true"]}]}});
        self.create::<CronJob>(json!({"metadata": {"name": format!("cron-{}", self.number), "namespace": "default"},
            "spec": {"schedule": "*/10 * * * *", "jobTemplate": {"spec": {"template": template}}}}))
    }

    /// Repairs everything and lets the cluster come to rest.
    pub fn calm_down(&self) {
        self.cluster.heal_all();
        for job in self.client.list::<CronJob>(None) {
            let (namespace, name) = (job.metadata.namespace.clone().unwrap_or_default(), job.metadata.name.clone().unwrap_or_default());
            let _ = self.client.delete::<CronJob>(&namespace, &name, DeleteOptions::default());
        }
        for name in NODES {
            if let Some(node) = self.client.get::<Node>("", name) {
                let mut node = (*node).clone();
                let spec = node.spec.get_or_insert_default();
                spec.unschedulable = None;
                spec.taints.iter_mut().for_each(|taints| taints.retain(|taint| taint.key != "chaos"));
                let _ = self.client.update(node);
            }
        }
        let sim = self.cluster.sim();
        sim.run_until(sim.now() + Duration::from_secs(1200), 100_000_000);
    }
}
