//! What the scheduler makes of changes in the cluster. Models `pkg/scheduler/eventhandlers.go`.

use std::rc::Rc;

use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::{Namespace, Node, Pod, ReplicationController, Service};

use super::framework::{ClusterEvent, PodInfo, Snapshot};
use super::scheduler::Scheduler;
use super::{COMPONENT, plugins};
use crate::api::object::Typed;
use crate::api::pod::is_finished;
use crate::client::WatchEvent;

impl Scheduler {
    fn wake(&mut self, event: &ClusterEvent<'_>, cause: u64) {
        let now = self.client.sim().now();
        self.queue.wake(event, now, cause, plugins::DEFAULT);
    }

    /// A pod changed.
    pub fn on_pod(&mut self, event: WatchEvent<Pod>) {
        match event {
            WatchEvent::Applied { object, trace_seq, .. } if is_assigned(&object) => self.on_assigned(&object, trace_seq),
            WatchEvent::Applied { object, previous, trace_seq } => {
                self.on_waiting(&object, trace_seq);
                // Less important pods kept clear of the node that was nominated before.
                if let Some(previous) =
                    previous.filter(|previous| !nominated(previous).is_empty() && nominated(previous) != nominated(&object))
                {
                    self.wake(&ClusterEvent::AssignedPodDeleted(&PodInfo::new(previous)), trace_seq);
                }
            }
            WatchEvent::Deleted { object, trace_seq } => self.on_gone(&object, trace_seq),
        }
    }

    fn on_assigned(&mut self, pod: &Rc<Pod>, cause: u64) {
        let uid = pod.metadata.uid.as_deref().unwrap_or_default();
        if self.queue.remove(uid).is_some() {
            self.snapshot.forget_nomination(uid);
        }
        if is_finished(pod) {
            self.on_gone(pod, cause);
            return;
        }
        let info = Rc::new(PodInfo::new(pod.clone()));
        let before = self.snapshot.remove_pod(uid);
        self.snapshot.set_pod(info.clone());
        match before {
            Some(before) => self.wake(&ClusterEvent::AssignedPodUpdated(&before, &info), cause),
            None => self.wake(&ClusterEvent::PodAssigned(&info), cause),
        }
    }

    fn on_waiting(&mut self, pod: &Rc<Pod>, cause: u64) {
        let scheduler = pod.spec.as_ref().and_then(|spec| spec.scheduler_name.as_deref()).unwrap_or(COMPONENT);
        let uid = pod.metadata.uid.as_deref().unwrap_or_default();
        if scheduler != COMPONENT || is_finished(pod) {
            return;
        }
        if self.snapshot.has_pod(uid) {
            // Bound here already; the watch has not yet told of it.
            return;
        }
        let info = Rc::new(PodInfo::new(pod.clone()));
        match info.nominated_node_name() {
            "" => self.snapshot.forget_nomination(uid),
            node => self.snapshot.nominate(info.clone(), node),
        }
        self.queue.set(info, self.client.sim().now(), cause, plugins::DEFAULT);
    }

    fn on_gone(&mut self, pod: &Rc<Pod>, cause: u64) {
        let uid = pod.metadata.uid.as_deref().unwrap_or_default();
        self.queue.remove(uid);
        self.snapshot.forget_nomination(uid);
        let assigned = self.snapshot.remove_pod(uid);
        let nominated = (!nominated(pod).is_empty()).then(|| Rc::new(PodInfo::new(pod.clone())));
        if let Some(info) = assigned.or(nominated) {
            self.wake(&ClusterEvent::AssignedPodDeleted(&info), cause);
        }
    }

    /// A node changed.
    pub fn on_node(&mut self, event: WatchEvent<Node>) {
        match event {
            WatchEvent::Applied { object, previous: None, trace_seq } => {
                self.snapshot.set_node(object.clone());
                self.wake(&ClusterEvent::NodeAdded(&object), trace_seq);
            }
            WatchEvent::Applied { object, previous: Some(previous), trace_seq } => {
                self.snapshot.set_node(object.clone());
                self.wake(&ClusterEvent::NodeUpdated(&previous, &object), trace_seq);
            }
            WatchEvent::Deleted { object, trace_seq } => {
                self.snapshot.remove_node(object.metadata.name.as_deref().unwrap_or_default());
                self.wake(&ClusterEvent::NodeDeleted, trace_seq);
            }
        }
    }

    /// A namespace changed.
    pub fn on_namespace(&mut self, event: WatchEvent<Namespace>) {
        match event {
            WatchEvent::Applied { object, previous, trace_seq } => {
                let relabelled = previous.is_some_and(|previous| previous.metadata.labels != object.metadata.labels);
                let name = object.metadata.name.clone().unwrap_or_default();
                self.snapshot.namespaces.insert(name, object);
                if relabelled {
                    self.wake(&ClusterEvent::NamespaceUpdated, trace_seq);
                }
            }
            WatchEvent::Deleted { object, .. } => {
                self.snapshot.namespaces.remove(object.metadata.name.as_deref().unwrap_or_default());
            }
        }
    }

    /// A service changed.
    pub fn on_service(&mut self, event: WatchEvent<Service>) {
        keep(event, |snapshot: &mut Snapshot| &mut snapshot.services, &mut self.snapshot);
    }

    /// A replication controller changed.
    pub fn on_replication_controller(&mut self, event: WatchEvent<ReplicationController>) {
        keep(event, |snapshot: &mut Snapshot| &mut snapshot.replication_controllers, &mut self.snapshot);
    }

    /// A replica set changed.
    pub fn on_replica_set(&mut self, event: WatchEvent<ReplicaSet>) {
        keep(event, |snapshot: &mut Snapshot| &mut snapshot.replica_sets, &mut self.snapshot);
    }
}

type ByName<T> = std::collections::BTreeMap<String, std::collections::BTreeMap<String, Rc<T>>>;

fn keep<T: Typed>(event: WatchEvent<T>, place: impl Fn(&mut Snapshot) -> &mut ByName<T>, snapshot: &mut Snapshot) {
    let names = |object: &T| {
        let meta = object.meta();
        (meta.namespace.clone().unwrap_or_default(), meta.name.clone().unwrap_or_default())
    };
    match event {
        WatchEvent::Applied { object, .. } => {
            let (namespace, name) = names(&object);
            place(snapshot).entry(namespace).or_default().insert(name, object);
        }
        WatchEvent::Deleted { object, .. } => {
            let (namespace, name) = names(&object);
            if let Some(of_namespace) = place(snapshot).get_mut(&namespace) {
                of_namespace.remove(&name);
            }
        }
    }
}

fn nominated(pod: &Pod) -> &str {
    pod.status.as_ref().and_then(|status| status.nominated_node_name.as_deref()).unwrap_or_default()
}

fn is_assigned(pod: &Pod) -> bool {
    pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).is_some_and(|node| !node.is_empty())
}
