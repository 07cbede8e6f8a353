//! The scheduler and the controllers together, on nodes whose pods are ready as soon as they are bound.

mod claims;
mod versions;

use std::time::Duration;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{Event, Namespace, Node, Pod, PodCondition};
use serde_json::json;

use crate::apiserver::ApiServer;
use crate::client::{Client, DeleteOptions, WatchEvent};
use crate::sim::Sim;

/// A cluster without kubelets: pods become ready 100 ms after they are bound, and go when they are told to.
pub struct Fixture {
    pub sim: Sim,
    pub client: Client,
}

impl Fixture {
    pub fn new(nodes: usize) -> Fixture {
        let sim = Sim::new(7, 1_795_000_000);
        let server = ApiServer::new(&sim);
        let client = Client::new(&server, "kubectl");
        for name in ["default", "kube-system", "kube-node-lease"] {
            let mut namespace = Namespace::default();
            namespace.metadata.name = Some(name.into());
            client.create(namespace).unwrap();
        }
        for number in 1..=nodes {
            let node = json!({"metadata": {"name": format!("node-{number}")}, "spec": {},
                "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110"},
                    "conditions": [{"type": "Ready", "status": "True"}]}});
            client.create(serde_json::from_value::<Node>(node).unwrap()).unwrap();
        }
        sim.spawn(crate::scheduler::run(client.clone()));
        super::start(&client);
        sim.spawn(kubelets(client.as_actor("kubelet")));
        for number in 1..=nodes {
            sim.spawn(heart(client.as_actor("kubelet"), format!("node-{number}")));
        }
        let fixture = Fixture { sim, client };
        fixture.wait(1000);
        fixture
    }

    pub fn wait(&self, millis: u64) {
        let progress = self.sim.run_until(self.sim.now() + Duration::from_millis(millis), 2_000_000);
        assert!(!progress.busy, "the cluster does not come to rest");
    }

    pub fn apply<T: crate::api::object::Typed + serde::de::DeserializeOwned>(&self, object: serde_json::Value) -> std::rc::Rc<T> {
        self.client.create(serde_json::from_value::<T>(object).unwrap()).unwrap()
    }

    pub fn pods(&self) -> Vec<std::rc::Rc<Pod>> {
        self.client.list::<Pod>(Some("default"))
    }

    pub fn events(&self, reason: &str) -> Vec<String> {
        let mut events = self.client.list::<Event>(None);
        events.sort_by_key(|event| event.metadata.resource_version.as_deref().and_then(|rv| rv.parse::<u64>().ok()));
        events.iter().filter(|e| e.reason.as_deref() == Some(reason)).filter_map(|e| e.message.clone()).collect()
    }
}

/// Renews a node's lease every 10 seconds, until the node is annotated `stopped`.
async fn heart(client: Client, node: String) {
    use k8s_openapi::api::coordination::v1::Lease;
    loop {
        let stopped = client.get::<Node>("", &node).is_none_or(|node| node.metadata.annotations.is_some());
        let mut lease = client.get::<Lease>("kube-node-lease", &node).map(|lease| (*lease).clone()).unwrap_or_default();
        let exists = lease.metadata.name.is_some();
        lease.metadata.name = Some(node.clone());
        lease.metadata.namespace = Some("kube-node-lease".into());
        lease.spec.get_or_insert_default().renew_time = Some(client.micro_now());
        if stopped {
            return;
        }
        let _ = if exists { client.update(lease) } else { client.create(lease) };
        client.sim().sleep(Duration::from_secs(10)).await;
    }
}

async fn kubelets(client: Client) {
    let mut pods = client.watch::<Pod>();
    loop {
        let WatchEvent::Applied { object, .. } = pods.next().await else { continue };
        let bound = object.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
        let waiting = super::pods::phase(&object) == "Pending";
        let (namespace, name) = super::pods::name_of(&object.metadata);
        let node = object.spec.as_ref().and_then(|spec| spec.node_name.clone()).unwrap_or_default();
        if client.get::<Node>("", &node).is_some_and(|node| node.metadata.annotations.is_some()) {
            continue;
        }
        if object.metadata.deletion_timestamp.is_some() {
            let now = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
            let _ = client.delete::<Pod>(&namespace, &name, now);
        } else if bound && waiting {
            let late = client.clone();
            client.sim().spawn(async move {
                late.sim().sleep(Duration::from_millis(100)).await;
                let Some(pod) = late.get::<Pod>(&namespace, &name) else { return };
                let broken = pod.spec.as_ref().is_some_and(|s| s.containers[0].image.as_deref() == Some("broken"));
                let mut pod = (*pod).clone();
                let status = pod.status.get_or_insert_default();
                status.phase = Some("Running".into());
                if pod.metadata.finalizers.is_some() {
                    // A pod of a Job: it has done its work.
                    status.phase = Some(if broken { "Failed" } else { "Succeeded" }.into());
                }
                status.pod_ip = Some("10.244.0.9".into());
                let ready = if broken { "False" } else { "True" };
                let condition = PodCondition {
                    type_: "Ready".into(),
                    status: ready.into(),
                    last_transition_time: Some(late.now()),
                    ..PodCondition::default()
                };
                status.conditions.get_or_insert_default().push(condition);
                let _ = late.update_status(pod);
            });
        }
    }
}

fn deployment(name: &str, image: &str, replicas: i32) -> serde_json::Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "default"},
        "spec": {"replicas": replicas, "progressDeadlineSeconds": 600,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "main", "image": image}]}}}})
}

fn update_deployment(fixture: &Fixture, name: &str, change: impl Fn(&mut Deployment)) {
    let mut deployment = (*fixture.client.get::<Deployment>("default", name).unwrap()).clone();
    change(&mut deployment);
    fixture.client.update(deployment).unwrap();
}

fn image_of(deployment: &mut Deployment) -> &mut Option<String> {
    &mut deployment.spec.as_mut().unwrap().template.spec.as_mut().unwrap().containers[0].image
}

#[test]
fn a_deployment_gets_its_pods_and_says_so() {
    let fixture = Fixture::new(3);
    fixture.apply::<Deployment>(deployment("web", "nginx", 3));
    fixture.wait(2000);
    assert_eq!(fixture.pods().len(), 3);
    let stored = fixture.client.get::<Deployment>("default", "web").unwrap();
    assert_eq!(stored.metadata.generation, Some(1));
    assert_eq!(stored.metadata.annotations.as_ref().unwrap()["deployment.kubernetes.io/revision"], "1");
    let status = serde_json::to_value(stored.status.as_ref().unwrap()).unwrap();
    assert_eq!((&status["readyReplicas"], &status["updatedReplicas"], &status["availableReplicas"]), (&json!(3), &json!(3), &json!(3)));
    let conditions = stored.status.as_ref().unwrap().conditions.as_ref().unwrap();
    let said: Vec<_> = conditions.iter().map(|c| (c.type_.as_str(), c.status.as_str(), c.reason.as_deref().unwrap())).collect();
    assert_eq!(said, [("Available", "True", "MinimumReplicasAvailable"), ("Progressing", "True", "NewReplicaSetAvailable")]);
    let set = fixture.client.list::<ReplicaSet>(None).pop().unwrap();
    let name = set.metadata.name.clone().unwrap();
    assert_eq!(fixture.events("ScalingReplicaSet"), [format!("Scaled up replica set {name} from 0 to 3")]);
    assert_eq!(fixture.events("SuccessfulCreate").len(), 3);
    assert_eq!(fixture.events("Scheduled").len(), 3);
}

#[test]
fn a_rolling_update_never_has_too_few_or_too_many() {
    let fixture = Fixture::new(3);
    fixture.apply::<Deployment>(deployment("web", "nginx:1", 4));
    fixture.wait(2000);
    update_deployment(&fixture, "web", |deployment| *image_of(deployment) = Some("nginx:2".into()));
    for _ in 0..200 {
        fixture.wait(10);
        let active: Vec<_> = fixture.pods().into_iter().filter(|pod| super::pods::is_active(pod)).collect();
        let ready = active.iter().filter(|pod| super::pods::is_ready(pod)).count();
        assert!(active.len() <= 5 && ready >= 3, "{} active, {ready} ready", active.len());
    }
    let images: Vec<_> = fixture.pods().iter().map(|pod| pod.spec.as_ref().unwrap().containers[0].image.clone().unwrap()).collect();
    assert_eq!(images, ["nginx:2"; 4]);
    let stored = fixture.client.get::<Deployment>("default", "web").unwrap();
    assert_eq!(stored.metadata.annotations.as_ref().unwrap()["deployment.kubernetes.io/revision"], "2");
    assert_eq!(fixture.client.list::<ReplicaSet>(None).len(), 2);
    // Back again: the first version becomes the third revision.
    update_deployment(&fixture, "web", |deployment| *image_of(deployment) = Some("nginx:1".into()));
    fixture.wait(3000);
    let revisions: Vec<_> = fixture.client.list::<ReplicaSet>(None).iter().map(|set| super::deployment::revision_of(set)).collect();
    assert!(revisions.contains(&2) && revisions.contains(&3), "{revisions:?}");
}

#[test]
fn a_rollout_that_cannot_work_stops_and_is_reported() {
    let fixture = Fixture::new(3);
    fixture.apply::<Deployment>(deployment("web", "nginx", 4));
    fixture.wait(2000);
    update_deployment(&fixture, "web", |deployment| *image_of(deployment) = Some("broken".into()));
    fixture.wait(700_000);
    let ready = fixture.pods().iter().filter(|pod| super::pods::is_ready(pod)).count();
    assert_eq!((fixture.pods().len(), ready), (5, 3));
    let stored = fixture.client.get::<Deployment>("default", "web").unwrap();
    let conditions = stored.status.as_ref().unwrap().conditions.clone().unwrap();
    let progressing = conditions.iter().find(|condition| condition.type_ == "Progressing").unwrap();
    assert_eq!(progressing.reason.as_deref(), Some("ProgressDeadlineExceeded"));
    assert!(progressing.message.as_deref().unwrap().ends_with("has timed out progressing."));
}

#[test]
fn a_rollout_goes_on_after_a_scaling_in_its_middle() {
    let fixture = Fixture::new(3);
    fixture.apply::<Deployment>(deployment("web", "nginx:1", 3));
    fixture.wait(2000);
    update_deployment(&fixture, "web", |deployment| *image_of(deployment) = Some("broken".into()));
    fixture.wait(2000);
    // Three old pods and a new one: of the one more the new ReplicaSet's share is nothing.
    update_deployment(&fixture, "web", |deployment| deployment.spec.as_mut().unwrap().replicas = Some(4));
    fixture.wait(2000);
    update_deployment(&fixture, "web", |deployment| *image_of(deployment) = Some("nginx:2".into()));
    fixture.wait(5000);
    let images: Vec<_> = fixture.pods().iter().map(|pod| pod.spec.as_ref().unwrap().containers[0].image.clone().unwrap()).collect();
    assert_eq!(images, ["nginx:2"; 4]);
}

#[test]
fn two_replica_sets_of_one_template_do_not_take_turns() {
    let fixture = Fixture::new(3);
    fixture.apply::<Deployment>(deployment("web", "nginx", 2));
    fixture.wait(100); // its own is made within the same second
    let mut set = deployment("web", "nginx", 2);
    set["kind"] = json!("ReplicaSet");
    set["metadata"]["labels"] = json!({"app": "web"});
    let spec = set["spec"].as_object_mut().unwrap();
    for field in ["strategy", "progressDeadlineSeconds"] {
        spec.remove(field);
    }
    fixture.apply::<ReplicaSet>(set);
    fixture.wait(10_000);
    let stored = fixture.client.get::<Deployment>("default", "web").unwrap();
    let revision: u64 = stored.metadata.annotations.as_ref().unwrap()["deployment.kubernetes.io/revision"].parse().unwrap();
    assert!(revision <= 2, "revision {revision}");
    let mut sizes: Vec<_> =
        fixture.client.list::<ReplicaSet>(None).iter().map(|set| set.spec.as_ref().unwrap().replicas.unwrap()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [0, 2]);
}

#[test]
fn a_deleted_pod_is_replaced_and_a_relabelled_one_is_let_go() {
    let fixture = Fixture::new(3);
    fixture.apply::<Deployment>(deployment("web", "nginx", 2));
    fixture.wait(2000);
    let first = fixture.pods()[0].metadata.name.clone().unwrap();
    fixture.client.delete::<Pod>("default", &first, DeleteOptions::default()).unwrap();
    fixture.wait(2000);
    assert_eq!(fixture.pods().len(), 2);
    let mut stray = (*fixture.pods()[0]).clone();
    stray.metadata.labels.as_mut().unwrap().insert("app".into(), "other".into());
    fixture.client.update(stray).unwrap();
    fixture.wait(2000);
    let owned = fixture.pods().iter().filter(|pod| super::pods::controller_of(&pod.metadata).is_some()).count();
    assert_eq!((fixture.pods().len(), owned), (3, 2));
}

#[test]
fn a_pod_that_fits_nowhere_waits_and_is_told_why() {
    let fixture = Fixture::new(3);
    let pod = json!({"metadata": {"name": "big", "namespace": "default"}, "spec": {"containers": [
        {"name": "main", "image": "nginx", "resources": {"requests": {"cpu": "8"}}}]}});
    fixture.apply::<Pod>(pod);
    fixture.wait(1000);
    let said = fixture.events("FailedScheduling");
    let text = "0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, preemption: 0/3 nodes are available: \
        3 Preemption is not helpful for scheduling.";
    assert_eq!(said, [text]);
    let pod = fixture.client.get::<Pod>("default", "big").unwrap();
    let condition = super::pods::condition(&pod, "PodScheduled").unwrap();
    assert_eq!((condition.status.as_str(), condition.message.as_deref()), ("False", Some(text)));
    let node = json!({"metadata": {"name": "node-9"}, "status": {"allocatable": {"cpu": "9", "memory": "4Gi", "pods": "110"}}});
    fixture.apply::<Node>(node);
    fixture.wait(3000);
    assert_eq!(fixture.events("Scheduled"), ["Successfully assigned default/big to node-9"]);
}

#[test]
fn a_deleted_deployment_takes_its_replica_set_and_pods_along() {
    use crate::client::Propagation::{Background, Foreground, Orphan};
    for (propagation, left) in [(Background, 0), (Foreground, 0), (Orphan, 2)] {
        let fixture = Fixture::new(3);
        fixture.apply::<Deployment>(deployment("web", "nginx", 2));
        fixture.wait(2000);
        let options = DeleteOptions { propagation, ..DeleteOptions::default() };
        fixture.client.delete::<Deployment>("default", "web", options).unwrap();
        fixture.wait(5000);
        assert!(fixture.client.get::<Deployment>("default", "web").is_none(), "{propagation:?}");
        let sets = fixture.client.list::<ReplicaSet>(None);
        assert_eq!((sets.len(), fixture.pods().len()), (left / 2, left), "{propagation:?}");
        assert!(sets.iter().all(|set| set.metadata.owner_references.is_none()));
    }
}

#[test]
fn a_deleted_namespace_goes_once_it_is_empty() {
    let fixture = Fixture::new(1);
    let namespace = fixture.apply::<Namespace>(json!({"metadata": {"name": "stack"}}));
    assert_eq!(namespace.metadata.name.as_deref(), Some("stack"));
    fixture.wait(1000);
    let pod = json!({"metadata": {"name": "front", "namespace": "stack"}, "spec": {"containers": [{"name": "main", "image": "nginx"}]}});
    fixture.apply::<Pod>(pod);
    fixture.wait(1000);
    fixture.client.delete::<Namespace>("", "stack", DeleteOptions::default()).unwrap();
    fixture.wait(4000);
    assert_eq!(fixture.client.get::<Namespace>("", "stack").unwrap().status.as_ref().unwrap().phase.as_deref(), Some("Terminating"));
    fixture.wait(30_000);
    assert!(fixture.client.get::<Namespace>("", "stack").is_none());
    for kind in crate::api::Kind::ALL {
        assert!(fixture.client.list_kind(*kind, Some("stack")).is_empty(), "{kind:?}");
    }
}

#[test]
fn a_silent_node_is_noticed_and_its_pods_move_after_five_minutes() {
    let fixture = Fixture::new(2);
    fixture.apply::<Deployment>(deployment("web", "nginx", 4));
    fixture.wait(15_000);
    let mut node = (*fixture.client.get::<Node>("", "node-1").unwrap()).clone();
    node.metadata.annotations = Some([("stopped".to_owned(), String::new())].into());
    fixture.client.update(node).unwrap();
    fixture.wait(60_000);
    let node = fixture.client.get::<Node>("", "node-1").unwrap();
    let ready = node.status.as_ref().unwrap().conditions.as_ref().unwrap()[0].clone();
    assert_eq!((ready.status.as_str(), ready.message.as_deref()), ("Unknown", Some("Kubelet stopped posting node status.")));
    let taints = node.spec.as_ref().unwrap().taints.clone().unwrap();
    let taints: Vec<_> = taints.iter().map(|taint| format!("{}:{}", taint.key, taint.effect)).collect();
    assert_eq!(taints, ["node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute"]);
    assert_eq!(fixture.events("NodeNotReady")[0], "Node node-1 status is now: NodeNotReady");
    assert_eq!(fixture.pods().len(), 4);
    fixture.wait(300_000);
    let on_second = fixture.pods().iter().filter(|pod| super::pods::node_name(pod) == "node-2" && super::pods::is_active(pod)).count();
    assert_eq!(on_second, 4);
    assert_eq!(fixture.events("TaintManagerEviction").len(), 2);
    // The node never comes back: its pods go when it is removed.
    fixture.client.delete::<Node>("", "node-1", DeleteOptions::default()).unwrap();
    fixture.wait(60_000);
    assert_eq!(fixture.pods().len(), 4);
}

#[test]
fn a_service_lists_the_pods_behind_it() {
    use k8s_openapi::api::core::v1::{Endpoints, Service};
    use k8s_openapi::api::discovery::v1::EndpointSlice;
    let fixture = Fixture::new(2);
    fixture.apply::<Service>(json!({"metadata": {"name": "web", "namespace": "default"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP"}]}}));
    fixture.wait(1000);
    let slices = fixture.client.list::<EndpointSlice>(Some("default"));
    assert_eq!((slices.len(), slices[0].endpoints.iter().flatten().count()), (1, 0));
    fixture.apply::<Deployment>(deployment("web", "nginx", 2));
    fixture.wait(2000);
    let slices = fixture.client.list::<EndpointSlice>(Some("default"));
    assert_eq!((slices.len(), slices[0].endpoints.iter().flatten().count()), (1, 2));
    assert_eq!(slices[0].ports.as_ref().unwrap()[0].port, Some(8080));
    let endpoints = fixture.client.get::<Endpoints>("default", "web").unwrap();
    assert_eq!(endpoints.subsets.as_ref().unwrap()[0].addresses.as_ref().unwrap().len(), 2);
    fixture.client.delete::<Service>("default", "web", DeleteOptions::default()).unwrap();
    fixture.wait(1000);
    assert!(fixture.client.list::<EndpointSlice>(Some("default")).is_empty());
    assert!(fixture.client.list::<Endpoints>(Some("default")).is_empty());
}

fn job(name: &str, image: &str, spec: serde_json::Value) -> serde_json::Value {
    let mut job = json!({"metadata": {"name": name, "namespace": "default"}, "spec": {"parallelism": 1, "completions": 1, "backoffLimit": 6,
        "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": image}]}}}});
    for (key, value) in spec.as_object().unwrap() {
        job["spec"][key] = value.clone();
    }
    job
}

#[test]
fn a_job_runs_to_its_end_and_a_broken_one_backs_off() {
    use k8s_openapi::api::batch::v1::Job;
    let fixture = Fixture::new(2);
    fixture.apply::<Job>(job("hello", "busybox", json!({"completions": 3, "parallelism": 2})));
    fixture.apply::<Job>(job("bad", "broken", json!({"backoffLimit": 2})));
    fixture.wait(5000);
    let hello = fixture.client.get::<Job>("default", "hello").unwrap();
    let status = hello.status.as_ref().unwrap();
    assert_eq!((status.succeeded, status.active, status.completion_time.is_some()), (Some(3), None, true));
    assert_eq!(fixture.events("Completed"), ["Job completed"]);
    let failed = || fixture.client.get::<Job>("default", "bad").unwrap().status.as_ref().unwrap().failed;
    assert_eq!(failed(), Some(1));
    fixture.wait(100_000);
    assert_eq!(failed(), Some(3));
    assert_eq!(fixture.events("BackoffLimitExceeded"), ["Job has reached the specified backoff limit"]);
    fixture.client.delete::<Job>("default", "hello", DeleteOptions::default()).unwrap();
    fixture.client.delete::<Job>("default", "bad", DeleteOptions::default()).unwrap();
    fixture.wait(1000);
    assert_eq!(fixture.pods().len(), 0);
}

#[test]
fn a_cron_job_starts_jobs_and_keeps_three() {
    use k8s_openapi::api::batch::v1::{CronJob, Job};
    let fixture = Fixture::new(2);
    let template = job("x", "busybox", json!({}))["spec"].clone();
    fixture.apply::<CronJob>(json!({"metadata": {"name": "tick", "namespace": "default"}, "spec": {"schedule": "*/1 * * * *",
        "concurrencyPolicy": "Allow", "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1, "jobTemplate": {"spec": template}}}));
    fixture.wait(330_000);
    assert_eq!(fixture.client.list::<Job>(Some("default")).len(), 3);
    assert_eq!(fixture.events("SawCompletedJob").len(), 6);
}

/// A DaemonSet.
fn agent() -> serde_json::Value {
    json!({"metadata": {"name": "agent", "namespace": "default"}, "spec": {"selector": {"matchLabels": {"app": "agent"}},
        "template": {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": [{"name": "main", "image": "nginx:1"}]}}}})
}

#[test]
fn a_daemon_set_has_a_pod_on_every_node_and_replaces_them_one_by_one() {
    use k8s_openapi::api::apps::v1::DaemonSet;
    let fixture = Fixture::new(3);
    fixture.apply::<DaemonSet>(agent());
    fixture.wait(2000);
    let mut nodes: Vec<_> = fixture.pods().iter().map(|pod| super::pods::node_name(pod).to_owned()).collect();
    nodes.sort();
    assert_eq!(nodes, ["node-1", "node-2", "node-3"]);
    let mut set = (*fixture.client.get::<DaemonSet>("default", "agent").unwrap()).clone();
    set.spec.as_mut().unwrap().template.spec.as_mut().unwrap().containers[0].image = Some("nginx:2".into());
    fixture.client.update(set).unwrap();
    for _ in 0..200 {
        fixture.wait(10);
        assert!(fixture.pods().iter().filter(|pod| super::pods::is_ready(pod)).count() >= 2);
    }
    assert!(fixture.pods().iter().all(|pod| pod.spec.as_ref().unwrap().containers[0].image.as_deref() == Some("nginx:2")));
    let status = fixture.client.get::<DaemonSet>("default", "agent").unwrap().status.clone().unwrap();
    assert_eq!((status.desired_number_scheduled, status.number_ready, status.updated_number_scheduled), (3, 3, Some(3)));
}

#[test]
fn daemon_sets_and_jobs_ask_for_thirty_pods_at_once_and_twenty_a_second() {
    use k8s_openapi::api::apps::v1::DaemonSet;
    use k8s_openapi::api::batch::v1::Job;
    let fixture = Fixture::new(45);
    fixture.apply::<DaemonSet>(agent());
    fixture.wait(10);
    assert_eq!(fixture.pods().len(), 30);
    fixture.wait(1000);
    assert_eq!(fixture.pods().len(), 45);
    fixture.client.delete::<DaemonSet>("default", "agent", DeleteOptions::default()).unwrap();
    fixture.wait(5000);
    // Pods that fit nowhere: nothing but their Job ends them.
    let mut stuck = job("stuck", "busybox", json!({"parallelism": 40, "completions": 40}));
    stuck["spec"]["template"]["spec"]["nodeSelector"] = json!({"no": "where"});
    fixture.apply::<Job>(stuck);
    fixture.wait(5000);
    assert_eq!(fixture.pods().len(), 40);
    let mut suspended = (*fixture.client.get::<Job>("default", "stuck").unwrap()).clone();
    suspended.spec.as_mut().unwrap().suspend = Some(true);
    fixture.client.update(suspended).unwrap();
    fixture.wait(10);
    assert_eq!(fixture.pods().len(), 10);
    fixture.wait(1000);
    assert_eq!(fixture.pods().len(), 0);
}

#[test]
fn each_index_of_a_job_fails_by_itself() {
    use k8s_openapi::api::batch::v1::Job;
    let fixture = Fixture::new(2);
    let spec = json!({"completionMode": "Indexed", "completions": 3, "parallelism": 3, "backoffLimitPerIndex": 1});
    fixture.apply::<Job>(job("broken", "broken", spec.clone()));
    fixture.wait(5000);
    let status = || fixture.client.get::<Job>("default", "broken").unwrap().status.clone().unwrap();
    // The last pod of each index is counted once it has a successor.
    assert_eq!((status().failed, status().failed_indexes.as_deref()), (None, Some("")));
    fixture.wait(20_000);
    let again = |pod: &&std::rc::Rc<Pod>| {
        pod.metadata.annotations.as_ref().is_some_and(|all| all["batch.kubernetes.io/job-index-failure-count"] == "1")
    };
    assert_eq!((fixture.pods().len(), fixture.pods().iter().filter(again).count()), (6, 3));
    assert_eq!((status().failed, status().failed_indexes.as_deref()), (Some(6), Some("0-2")));
    assert_eq!(fixture.events("FailedIndexes"), ["Job has failed indexes"]);
    let mut few = spec;
    few["maxFailedIndexes"] = json!(1);
    few["parallelism"] = json!(1);
    few["backoffLimitPerIndex"] = json!(0);
    fixture.apply::<Job>(job("few", "broken", few));
    fixture.wait(60_000);
    let few = fixture.client.get::<Job>("default", "few").unwrap().status.clone().unwrap();
    assert_eq!((few.failed, few.failed_indexes.as_deref()), (Some(2), Some("0,1")));
    assert_eq!(fixture.events("MaxFailedIndexesExceeded"), ["Job has exceeded the specified maximal number of failed indexes"]);
}

#[test]
fn a_daemon_set_that_comes_back_takes_its_pods_back() {
    use k8s_openapi::api::apps::v1::DaemonSet;
    let fixture = Fixture::new(2);
    fixture.apply::<DaemonSet>(agent());
    fixture.wait(2000);
    let names = || fixture.pods().iter().filter_map(|pod| pod.metadata.name.clone()).collect::<Vec<_>>();
    let before = names();
    assert_eq!(before.len(), 2);
    let orphan = DeleteOptions { propagation: crate::apiserver::Propagation::Orphan, ..DeleteOptions::default() };
    fixture.client.delete::<DaemonSet>("default", "agent", orphan).unwrap();
    fixture.wait(2000);
    assert_eq!(names(), before);
    let again = fixture.apply::<DaemonSet>(agent());
    fixture.wait(2000);
    assert_eq!(names(), before);
    let owner = |pod: &Pod| super::pods::controller_of(&pod.metadata).map(|owner| owner.uid.clone());
    assert!(fixture.pods().iter().all(|pod| owner(pod) == again.metadata.uid));
}
