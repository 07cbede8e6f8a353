//! What happens to the cluster.

use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Namespace, Node, Pod, Service, Taint};
use podground::api::object::Typed;
use podground::client::{Client, DeleteOptions, Propagation};
use podground::cluster::Cluster;
use podground::sim::Rng;
use serde_json::{Value, json};

const NODES: [&str; 3] = ["node-1", "node-2", "node-3"];
const CONTROLLERS: [&str; 5] =
    ["kube-scheduler", "replicaset-controller", "deployment-controller", "generic-garbage-collector", "endpointslice-controller"];

pub struct Story {
    cluster: Cluster,
    client: Client,
    rng: Rng,
    number: u32,
}

impl Story {
    pub fn new(cluster: &Cluster, seed: u64) -> Story {
        Story { cluster: cluster.clone(), client: cluster.client("chaos"), rng: Rng::new(seed), number: 0 }
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

    /// Does something; says what.
    pub fn step(&mut self) -> String {
        self.number += 1;
        let what = match self.rng.below(16) {
            0..3 => self.create_deployment(),
            3..5 => self.change_deployment(),
            5 => self.delete_deployment(),
            6..8 => self.create_pod(),
            8..10 => self.delete_pod(),
            10 => self.create_job(),
            11 => self.create_service(),
            12 => self.change_namespace(),
            13 => self.change_node(),
            14 => self.break_node(),
            _ => self.break_component(),
        };
        self.wait(if self.rng.below(4) == 0 { 60_000 } else { 4000 });
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

    fn break_node(&self) -> String {
        let name = NODES[self.rng.below(3) as usize];
        let Some(kubelet) = self.cluster.kubelet(name) else { return "nothing".into() };
        let running = kubelet.is_running();
        kubelet.set_running(!running);
        format!("kubelet of {name} runs: {}", !running)
    }

    fn break_component(&self) -> String {
        let name = CONTROLLERS[self.rng.below(CONTROLLERS.len() as u64) as usize];
        let running = self.rng.below(2) == 0;
        self.cluster.set_running(name, running);
        format!("{name} runs: {running}")
    }

    /// Repairs everything and lets the cluster come to rest.
    pub fn calm_down(&self) {
        for name in CONTROLLERS {
            self.cluster.set_running(name, true);
        }
        for name in NODES {
            if let Some(kubelet) = self.cluster.kubelet(name) {
                kubelet.set_running(true);
            }
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
