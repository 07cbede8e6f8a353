//! The objects that a cluster has before anybody uses it. Models what kubeadm and the API server's own controllers make.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Endpoints, Namespace, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::api::object::Typed;
use crate::client::{Client, WatchEvent, changed};
use crate::sim::{AtOnce, Pace};

/// Where the API server answers inside the cluster.
pub const API_ADDRESS: &str = "10.96.0.1";
/// How often the API server looks after its own service, in nanoseconds. Models `EndpointInterval` of `pkg/controlplane`.
const SERVICE_INTERVAL: u64 = 10_000_000_000;
/// Where DNS answers.
pub const DNS_ADDRESS: &str = "10.96.0.10";

/// [`DNS_ADDRESS`], read.
pub fn dns_address() -> Option<std::net::IpAddr> {
    DNS_ADDRESS.parse().ok()
}

/// Makes the objects. What exists already stays.
pub async fn bootstrap(client: &Client, pace: &dyn Pace) {
    for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        make::<Namespace>(client, json!({ "metadata": { "name": name, "labels": { "kubernetes.io/metadata.name": name } } }), pace).await;
    }
    priority_classes(client, pace).await;
    api_service(client, pace).await;
}

async fn make<T: Typed + DeserializeOwned>(client: &Client, value: Value, pace: &dyn Pace) {
    if let Ok(object) = serde_json::from_value::<T>(value) {
        pace.breath().await;
        let _ = client.create(object);
        pace.breath().await;
    }
}

async fn priority_classes(client: &Client, pace: &dyn Pace) {
    let classes = [
        (
            "system-cluster-critical",
            2_000_000_000,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
        ),
        ("system-node-critical", 2_000_001_000, "Used for system critical pods that must not be moved from their current node."),
    ];
    for (name, value, description) in classes {
        let class =
            json!({ "metadata": { "name": name }, "value": value, "description": description, "preemptionPolicy": "PreemptLowerPriority" });
        make::<PriorityClass>(client, class, pace).await;
    }
}

async fn api_service(client: &Client, pace: &dyn Pace) {
    let labels = json!({ "component": "apiserver", "provider": "kubernetes" });
    let spec = json!({
        "clusterIP": API_ADDRESS, "type": "ClusterIP", "sessionAffinity": "None",
        "ports": [{ "name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443 }],
    });
    let metadata = json!({ "name": "kubernetes", "namespace": "default", "labels": labels });
    make::<Service>(client, json!({ "metadata": metadata, "spec": spec }), pace).await;
    let ports = json!([{ "name": "https", "port": 6443, "protocol": "TCP" }]);
    let subsets = json!([{ "addresses": [{ "ip": "172.18.0.2" }], "ports": ports }]);
    let mirrored = json!({ "name": "kubernetes", "namespace": "default", "labels": { "endpointslice.kubernetes.io/skip-mirror": "true" } });
    make::<Endpoints>(client, json!({ "metadata": mirrored, "subsets": subsets }), pace).await;
    let slice = json!({ "name": "kubernetes", "namespace": "default", "labels": { "kubernetes.io/service-name": "kubernetes" } });
    let endpoints = json!([{ "addresses": ["172.18.0.2"], "conditions": { "ready": true } }]);
    make::<EndpointSlice>(client, json!({ "metadata": slice, "addressType": "IPv4", "endpoints": endpoints, "ports": ports }), pace).await;
}

/// Makes the service `kubernetes` again when somebody has deleted it. Models `pkg/controlplane/controller/kubernetesservice`.
pub async fn keep_api_service(client: Client) {
    let sim = client.sim().clone();
    let mut services = client.watch::<Service>();
    loop {
        let mut gone = false;
        while let Some(event) = services.try_next() {
            if let WatchEvent::Deleted { object, .. } = event {
                let meta = &object.metadata;
                gone |= meta.name.as_deref() == Some("kubernetes") && meta.namespace.as_deref() == Some("default");
            }
        }
        if gone {
            let past = sim.now().as_nanos() % SERVICE_INTERVAL;
            sim.sleep(Duration::from_nanos(SERVICE_INTERVAL - past)).await;
            api_service(&client, &AtOnce).await;
        }
        changed(&sim, &mut [&mut services], None).await;
    }
}

/// Starts the cluster's DNS server: a Deployment of two pods and their service.
pub async fn dns(client: &Client, pace: &dyn Pace) {
    use k8s_openapi::api::apps::v1::Deployment;
    let labels = json!({ "k8s-app": "kube-dns" });
    let service = json!({
        "metadata": { "name": "kube-dns", "namespace": "kube-system", "labels": { "k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" } },
        "spec": {
            "clusterIP": DNS_ADDRESS, "selector": labels,
            "ports": [
                { "name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53 },
                { "name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53 },
                { "name": "metrics", "port": 9153, "protocol": "TCP", "targetPort": 9153 },
            ],
        },
    });
    make::<Service>(client, service, pace).await;
    let container = json!({
        "name": "coredns", "image": "registry.k8s.io/coredns/coredns:v1.12.1", "args": ["-conf", "/etc/coredns/Corefile"],
        "resources": { "requests": { "cpu": "100m", "memory": "70Mi" }, "limits": { "memory": "170Mi" } },
        "ports": [{ "containerPort": 53, "name": "dns", "protocol": "UDP" }, { "containerPort": 53, "name": "dns-tcp", "protocol": "TCP" }],
    });
    let template = json!({
        "metadata": { "labels": labels },
        "spec": { "containers": [container], "priorityClassName": "system-cluster-critical", "dnsPolicy": "Default" },
    });
    let deployment = json!({
        "metadata": { "name": "coredns", "namespace": "kube-system", "labels": labels },
        "spec": { "replicas": 2, "selector": { "matchLabels": labels }, "template": template },
    });
    make::<Deployment>(client, deployment, pace).await;
}
