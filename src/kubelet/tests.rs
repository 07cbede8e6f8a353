mod world;

use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Node, Pod};
use serde_json::{Value, json};

use crate::client::DeleteOptions;
use crate::process::Signal;
use world::*;

#[test]
fn a_pod_is_made_step_by_step() {
    let w = world();
    w.pod("web", json!({"containers": [tool_container("main", &["serve", "80"])]}));
    w.sim.run_until(w.sim.now() + Duration::from_millis(20), 100_000);
    let early = w.get("web");
    assert_eq!(early["status"]["phase"], "Pending");
    assert_eq!(early["status"]["containerStatuses"][0]["state"]["waiting"]["reason"], "ContainerCreating");
    let pod = w.running("web");
    assert_eq!(pod["status"]["phase"], "Running");
    assert_eq!(pod["status"]["podIP"], "10.244.0.2");
    assert_eq!(pod["status"]["hostIP"], "172.18.0.11");
    let status = &pod["status"]["containerStatuses"][0];
    assert_eq!(status["image"], "docker.io/library/tool:latest");
    assert!(status["imageID"].as_str().is_some_and(|id| id.starts_with("docker.io/library/tool@sha256:")));
    assert!(status["containerID"].as_str().is_some_and(|id| id.starts_with("containerd://")));
    let types: Vec<&str> = pod["status"]["conditions"].as_array().expect("list").iter().filter_map(|c| c["type"].as_str()).collect();
    assert_eq!(types, ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]);
    let events = w.events("web");
    assert_eq!(events[0], "Pulling: Pulling image \"tool\"");
    assert!(events[1].starts_with("Pulled: Successfully pulled image \"tool\" in ") && events[1].ends_with("Image size: 8000000 bytes."));
    assert_eq!(events[2..], ["Created: Container created", "Started: Container started"]);
}

#[test]
fn a_node_is_registered_and_keeps_its_lease() {
    let w = world();
    w.run(25);
    let node = w.client.get::<Node>("", "node-1").expect("the node");
    let node = serde_json::to_value(&*node).expect("json");
    assert_eq!(node["status"]["nodeInfo"]["containerRuntimeVersion"], "containerd://1.6.20");
    assert_eq!(node["metadata"]["labels"]["kubernetes.io/hostname"], "node-1");
    let lease = |w: &World| {
        let lease = w.client.get::<k8s_openapi::api::coordination::v1::Lease>("kube-node-lease", "node-1").expect("a lease");
        lease.spec.as_ref().and_then(|spec| spec.renew_time.clone())
    };
    let before = lease(&w);
    w.run(10);
    assert_ne!(before, lease(&w));
    w.kubelet.set_running(false);
    let before = lease(&w);
    w.run(60);
    assert_eq!(before, lease(&w));
}

#[test]
fn a_crashing_container_backs_off() {
    let w = world();
    w.pod("crash", json!({"containers": [tool_container("main", &["exit", "1"])]}));
    let pod = w.until("crash", |pod| pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff");
    let status = &pod["status"]["containerStatuses"][0];
    assert_eq!(status["restartCount"], 1);
    assert_eq!(status["lastState"]["terminated"]["exitCode"], 1);
    assert_eq!(pod["status"]["phase"], "Running");
    let uid = pod["metadata"]["uid"].as_str().unwrap_or_default();
    assert_eq!(status["state"]["waiting"]["message"], format!("back-off 10s restarting failed container=main pod=crash_default({uid})"));
    assert_eq!(w.log("crash", "main", false).as_deref(), Ok("about to end\n"));
    assert_eq!(w.log("crash", "main", true).as_deref(), Ok("about to end\n"));
    let restarts = |n: i64| {
        let start = w.sim.now();
        w.until("crash", |pod| pod["status"]["containerStatuses"][0]["restartCount"] == n);
        w.sim.now().since(start).as_secs()
    };
    restarts(2);
    assert!((18..23).contains(&restarts(3)), "20 s");
    assert!((38..43).contains(&restarts(4)), "40 s");
}

#[test]
fn restart_policies_decide_the_phase() {
    let w = world();
    for (name, policy, args, phase) in [
        ("completed", "Never", ["exit", "0"], "Succeeded"),
        ("errored", "Never", ["exit", "3"], "Failed"),
        ("once", "OnFailure", ["exit", "0"], "Succeeded"),
    ] {
        w.pod(name, json!({"restartPolicy": policy, "containers": [tool_container("main", &args)]}));
        let pod = w.until(name, |pod| pod["status"]["phase"] == phase && condition(pod, "PodReadyToStartContainers") == "False");
        let reason = if phase == "Succeeded" { "PodCompleted" } else { "PodFailed" };
        let ready = pod["status"]["conditions"].as_array().expect("list").iter().find(|c| c["type"] == "Ready").cloned().expect("Ready");
        assert_eq!((ready["status"].as_str(), ready["reason"].as_str()), (Some("False"), Some(reason)));
        assert_eq!(w.log(name, "main", false).as_deref(), Ok("about to end\n"), "logs stay");
    }
}

#[test]
fn an_image_that_cannot_be_pulled_backs_off() {
    let w = world();
    w.pod("nopull", json!({"containers": [{"name": "main", "image": "nginxx"}]}));
    let pod = w.until("nopull", |pod| pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "ImagePullBackOff");
    let status = &pod["status"]["containerStatuses"][0];
    assert_eq!((status["image"].as_str(), status["imageID"].as_str()), (Some("nginxx"), Some("")));
    let message = status["state"]["waiting"]["message"].as_str().unwrap_or_default();
    assert!(
        message.starts_with("Back-off pulling image \"nginxx\": ErrImagePull: rpc error: code = Unknown desc = failed to pull"),
        "{message}"
    );
    assert_eq!(
        w.log("nopull", "main", false),
        Err("container \"main\" in pod \"nopull\" is waiting to start: trying and failing to pull image".into())
    );
    let reasons: Vec<String> = w.events("nopull").iter().map(|e| e.split(':').next().unwrap_or_default().to_owned()).collect();
    assert_eq!(reasons, ["Pulling", "Failed", "Failed", "BackOff", "Failed"]);
}

#[test]
fn deletion_is_graceful_and_leaves_nothing() {
    let w = world();
    w.pod("polite", json!({"containers": [tool_container("main", &["wait"])]}));
    w.running("polite");
    w.client.delete::<Pod>("default", "polite", DeleteOptions::default()).expect("marked");
    w.until("polite", Value::is_null);
    assert!(w.events("polite").contains(&"Killing: Stopping container main".to_owned()));
    assert!(w.kubelet.runtime().sandboxes().is_empty() && w.kubelet.runtime().containers().is_empty());
    // Process 1 that ignores SIGTERM is killed when the grace is over.
    w.pod("deaf", json!({"terminationGracePeriodSeconds": 7, "containers": [tool_container("main", &["sleep", "1000"])]}));
    w.running("deaf");
    let start = w.sim.now();
    w.client.delete::<Pod>("default", "deaf", DeleteOptions::default()).expect("marked");
    w.until("deaf", Value::is_null);
    let took = w.sim.now().since(start).as_secs_f64();
    assert!((7.0..8.0).contains(&took), "{took}");
}

#[test]
fn init_containers_run_in_order_and_share_a_volume() {
    let w = world();
    let mount = json!([{"name": "work", "mountPath": "/work"}]);
    let with_mount = |mut container: Value| {
        container["volumeMounts"] = mount.clone();
        container
    };
    w.pod(
        "prepared",
        json!({
            "initContainers": [with_mount(tool_container("fetch", &["write", "/work/file", "fetched\n"])), with_mount(tool_container("check", &["cat", "/work/file"]))],
            "containers": [with_mount(tool_container("main", &["wait"]))],
            "volumes": [{"name": "work", "emptyDir": {}}],
        }),
    );
    let early = w.until("prepared", |pod| {
        pod["status"]["initContainerStatuses"][0]["state"]["running"].is_object()
            || pod["status"]["initContainerStatuses"][0]["state"]["terminated"].is_object()
    });
    assert_eq!(condition(&early, "Initialized"), "False");
    assert_eq!(early["status"]["containerStatuses"][0]["state"]["waiting"]["reason"], "PodInitializing");
    let pod = w.running("prepared");
    assert_eq!(pod["status"]["initContainerStatuses"][1]["state"]["terminated"]["reason"], "Completed");
    assert_eq!(w.log("prepared", "check", false).as_deref(), Ok("fetched\n"));
    assert_eq!(w.exec("prepared", "main", &["tool", "cat", "/work/file"]), "fetched\n");
}

#[test]
fn readiness_and_liveness_probes_act() {
    let w = world();
    let mut container = tool_container("main", &["serve", "8080"]);
    container["readinessProbe"] = json!({"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1, "failureThreshold": 1});
    container["livenessProbe"] = json!({"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 2, "failureThreshold": 3});
    w.pod("probed", json!({"containers": [container]}));
    w.running("probed");
    w.exec("probed", "main", &["tool", "write", "/sick", "x"]);
    w.until("probed", |pod| condition(pod, "Ready") == "False");
    let pod = w.until("probed", |pod| pod["status"]["containerStatuses"][0]["restartCount"] == 1);
    assert_eq!(pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"], 0);
    w.running("probed");
    let events = w.events("probed");
    assert!(events.contains(&"Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500".to_owned()), "{events:#?}");
    assert!(events.contains(&"Killing: Container main failed liveness probe, will be restarted".to_owned()), "{events:#?}");
}

#[test]
fn environment_and_files_come_from_the_api() {
    let w = world();
    let map = json!({"metadata": {"name": "settings", "namespace": "default"}, "data": {"colour": "green"}});
    w.client.create::<ConfigMap>(from(map)).expect("created");
    let mut container = tool_container("main", &["wait"]);
    container["env"] = json!([
        {"name": "COLOUR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "colour"}}},
        {"name": "WHERE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        {"name": "BOTH", "value": "$(COLOUR) on $(WHERE), $(NOBODY)"},
    ]);
    container["volumeMounts"] = json!([{"name": "settings", "mountPath": "/etc/settings"}]);
    w.pod("informed", json!({"containers": [container], "volumes": [{"name": "settings", "configMap": {"name": "settings"}}]}));
    w.running("informed");
    assert_eq!(w.exec("informed", "main", &["tool", "env", "BOTH"]), "green on node-1, $(NOBODY)\n");
    assert_eq!(w.exec("informed", "main", &["tool", "cat", "/etc/settings/colour"]), "green");
    assert_eq!(w.exec("informed", "main", &["tool", "cat", "/var/run/secrets/kubernetes.io/serviceaccount/namespace"]), "default");
    assert!(w.exec("informed", "main", &["tool", "cat", "/etc/hosts"]).ends_with("10.244.0.2\tinformed\n"));
    assert_eq!(
        w.exec("informed", "main", &["tool", "cat", "/etc/resolv.conf"]),
        "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
    );
    assert!(w.exec("informed", "main", &["tool", "write", "/etc/settings/colour", "red"]).contains("Read-only file system"));
}

#[test]
fn what_is_missing_is_named() {
    let w = world();
    let mut container = tool_container("main", &["wait"]);
    container["env"] = json!([{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "nosuch", "key": "x"}}}]);
    w.pod("missing", json!({"containers": [container]}));
    let pod = w.until("missing", |pod| pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CreateContainerConfigError");
    assert_eq!(pod["status"]["containerStatuses"][0]["state"]["waiting"]["message"], "configmap \"nosuch\" not found");
    assert!(w.events("missing").contains(&"Failed: Error: configmap \"nosuch\" not found".to_owned()));
    let map = json!({"metadata": {"name": "nosuch", "namespace": "default"}, "data": {"x": "1"}});
    w.client.create::<ConfigMap>(from(map)).expect("created");
    w.running("missing");
}

#[test]
fn two_containers_cannot_share_a_port() {
    let w = world();
    w.pod("pair", json!({"containers": [tool_container("a", &["serve", "80"]), tool_container("b", &["serve", "80"])]}));
    let pod = w.until("pair", |pod| pod["status"]["containerStatuses"][1]["restartCount"] == 1);
    assert_eq!(pod["status"]["containerStatuses"][1]["lastState"]["terminated"]["exitCode"], 98);
    assert_eq!(pod["status"]["containerStatuses"][0]["restartCount"], 0);
}

#[test]
fn a_changed_image_restarts_the_container() {
    let w = world();
    w.pod("web", json!({"containers": [tool_container("main", &["wait"])]}));
    w.running("web");
    let mut pod = (*w.client.get::<Pod>("default", "web").expect("a pod")).clone();
    pod.spec.as_mut().expect("a spec").containers[0].image = Some("tool:2".into());
    w.client.update(pod).expect("updated");
    let pod = w.until("web", |pod| pod["status"]["containerStatuses"][0]["restartCount"] == 1);
    assert_eq!(pod["status"]["containerStatuses"][0]["image"], "docker.io/library/tool:2");
    assert!(w.events("web").contains(&"Killing: Container main definition changed, will be restarted".to_owned()));
}

#[test]
fn a_sandbox_that_dies_is_made_anew() {
    let w = world();
    w.pod("web", json!({"containers": [tool_container("main", &["wait"])]}));
    w.running("web");
    let sandbox = w.kubelet.runtime().sandboxes().remove(0);
    let _ = sandbox.kernel.signal_from_outside(1, Signal::KILL);
    w.until("web", |pod| pod["status"]["containerStatuses"][0]["restartCount"] == 1 && condition(pod, "Ready") == "True");
    assert!(w.events("web").contains(&"SandboxChanged: Pod sandbox changed, it will be killed and re-created.".to_owned()));
}

#[test]
fn containers_outlive_their_kubelet() {
    let w = world();
    w.pod("web", json!({"containers": [tool_container("main", &["serve", "80"])]}));
    w.running("web");
    w.kubelet.set_running(false);
    w.run(30);
    let listeners = || w.network.listeners().iter().filter(|(namespace, _)| &**namespace == "default/web").count();
    assert_eq!(listeners(), 1);
    w.client.delete::<Pod>("default", "web", DeleteOptions::default()).expect("marked");
    w.run(30);
    assert!(!w.get("web").is_null(), "nobody ends it");
    w.kubelet.set_running(true);
    w.until("web", Value::is_null);
    assert_eq!(listeners(), 0);
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let digest = || {
        let w = world();
        w.pod("crash", json!({"containers": [tool_container("main", &["exit", "1"])]}));
        w.run(120);
        w.sim.trace().digest()
    };
    assert_eq!(digest(), digest());
}

#[test]
fn a_sidecar_starts_before_and_ends_after_the_main_containers() {
    let w = world();
    let mut sidecar = tool_container("side", &["wait"]);
    sidecar["restartPolicy"] = json!("Always");
    w.pod(
        "batch",
        json!({"restartPolicy": "Never", "initContainers": [sidecar], "containers": [tool_container("main", &["sleep", "20", "0"])]}),
    );
    let pod = w.running("batch");
    let started = |list: &str| pod["status"][list][0]["state"]["running"]["startedAt"].as_str().unwrap_or("none").to_owned();
    assert!(started("initContainerStatuses") <= started("containerStatuses"));
    assert_eq!(pod["status"]["initContainerStatuses"][0]["started"], true);
    let pod = w.until("batch", |pod| pod["status"]["phase"] == "Succeeded" && condition(pod, "PodReadyToStartContainers") == "False");
    assert_eq!(pod["status"]["initContainerStatuses"][0]["state"]["terminated"]["exitCode"], 0);
    assert_eq!(w.log("batch", "side", false).as_deref(), Ok("bye\n"));
}

#[test]
fn hooks_run_and_their_failure_is_told() {
    let w = world();
    let mut container = tool_container("main", &["wait"]);
    container["lifecycle"] = json!({
        "postStart": {"exec": {"command": ["tool", "write", "/started", "yes"]}},
        "preStop": {"exec": {"command": ["tool", "sleep", "4"]}},
    });
    w.pod("hooked", json!({"containers": [container.clone()]}));
    w.running("hooked");
    assert_eq!(w.exec("hooked", "main", &["tool", "cat", "/started"]), "yes");
    let start = w.sim.now();
    w.client.delete::<Pod>("default", "hooked", DeleteOptions::default()).expect("marked");
    w.until("hooked", Value::is_null);
    assert!((4.0..5.5).contains(&w.sim.now().since(start).as_secs_f64()), "preStop takes four seconds");
    container["lifecycle"] = json!({"postStart": {"exec": {"command": ["tool", "exit", "3"]}}});
    w.pod("unhooked", json!({"containers": [container]}));
    w.until("unhooked", |pod| pod["status"]["containerStatuses"][0]["restartCount"] == 1);
    assert!(w.events("unhooked").contains(&"FailedPostStartHook: PostStartHook failed".to_owned()));
}

#[test]
fn a_node_that_is_cut_off_neither_hears_nor_tells() {
    let w = world();
    w.pod("web", json!({"containers": [tool_container("main", &["wait"])]}));
    w.running("web");
    w.network.cut_off("node-1", true);
    w.client.delete::<Pod>("default", "web", DeleteOptions::default()).expect("marked");
    w.run(60);
    assert!(!w.get("web").is_null());
    assert_eq!(w.kubelet.runtime().containers().iter().filter(|c| c.is_running()).count(), 1);
    w.network.cut_off("node-1", false);
    w.until("web", Value::is_null);
}

#[test]
fn a_volume_can_be_filled_and_follows_its_object() {
    let w = world();
    let map = |colour: &str| json!({"metadata": {"name": "settings", "namespace": "default"}, "data": {"colour": colour}});
    w.client.create::<ConfigMap>(from(map("green"))).expect("created");
    let mut container = tool_container("main", &["wait"]);
    container["volumeMounts"] = json!([{"name": "settings", "mountPath": "/etc/settings"}, {"name": "small", "mountPath": "/small"}]);
    w.pod(
        "full",
        json!({"containers": [container], "volumes": [{"name": "settings", "configMap": {"name": "settings"}}, {"name": "small", "emptyDir": {"sizeLimit": "4"}}]}),
    );
    w.running("full");
    assert!(w.exec("full", "main", &["tool", "write", "/small/file", "12345"]).contains("No space left on device"));
    w.client.update::<ConfigMap>(from(map("red"))).expect("updated");
    w.run(70);
    assert_eq!(w.exec("full", "main", &["tool", "cat", "/etc/settings/colour"]), "red");
}
