//! Images: the page about them is fresh, those declared in YAML run, kubectl runs in the cluster.

#[path = "support/desk.rs"]
mod desk;

use desk::Desk;
use podground::cluster::{Cluster, DeclaredImage, Topology};
use podground::images::{ALL, Image, catalogue};
use podground::sim::Sim;

#[test]
fn the_page_about_images_is_fresh() {
    let sim = Sim::new(1, 0);
    let cluster = Cluster::start(&sim, &Topology::built_in("single").expect("built in"));
    let more = cluster.registry().added();
    let more: Vec<&dyn Image> = more.iter().map(|image| image.as_ref()).collect();
    let page = catalogue::markdown(&more);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/images.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, &page).expect("writable");
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), page, "run UPDATE_EXPECT=1 cargo test --test images");
    assert!(ALL.len() + more.len() >= 25);
}

const GREETER: &str = "name: example.com/team/greeter
tags: [latest, '2.0']
base: busybox
env: { GREETING: Hello }
files: { /etc/greeter.conf: \"colour = blue\\n\" }
run:
  http: { port: 8080, body: \"$(GREETING) from $(HOSTNAME), $(TAG)\\n\", paths: { /healthz: ok } }
  log: { lines: [tick], everySeconds: 10 }
  crash: { afterSeconds: 120, exitCode: 3, message: out of ideas }
";

#[test]
fn an_image_declared_in_yaml_runs() {
    let mut desk = Desk::new("classroom");
    assert!(desk.run("kubectl run early --image=example.com/team/greeter:2.0; sleep 20; kubectl get pod early").contains("ImagePull"));
    desk.write("greeter.yaml", GREETER);
    assert_eq!(desk.run("image add greeter.yaml"), "example.com/team/greeter:latest: pushed\nexample.com/team/greeter:2.0: pushed\n");
    desk.run("kubectl run greeter --image=example.com/team/greeter:2.0");
    desk.run("kubectl run client --image=curlimages/curl --command -- sleep 100000");
    desk.run("kubectl wait --for=condition=Ready pod/greeter pod/client --timeout=60s");
    let ip = desk.run("kubectl get pod greeter -o jsonpath='{.status.podIP}'");
    assert_eq!(desk.run(&format!("kubectl exec client -- curl -s {ip}:8080/")), "Hello from greeter, 2.0\n");
    assert_eq!(desk.run(&format!("kubectl exec client -- curl -s {ip}:8080/healthz")), "ok");
    assert_eq!(desk.run("kubectl exec greeter -- cat /etc/greeter.conf"), "colour = blue\n");
    assert!(desk.run("kubectl logs greeter").starts_with("tick\n"));
    desk.run("sleep 130");
    assert!(desk.run("kubectl logs greeter --previous").ends_with("out of ideas\n"));
    assert_eq!(desk.run("kubectl get pod greeter -o jsonpath='{.status.containerStatuses[0].lastState.terminated.exitCode}'"), "3");
}

#[test]
fn a_topology_may_bring_images_and_mistakes_are_told() {
    let topology = "nodes: [{ name: one }]\nimages:\n- { name: job, run: { log: { lines: [a, b] } } }\n";
    let mut desk = Desk::with(&Topology::parse(topology).expect("good"));
    desk.run("kubectl run job --image=job --restart=Never; sleep 10");
    assert_eq!(desk.run("kubectl logs job"), "a\nb\n");
    for (text, why) in [
        ("name: x", "has nothing to run"),
        ("name: x\nbase: windows\ncmd: [a]", "unknown base \"windows\""),
        ("name: X\ncmd: [a]", "must be lowercase"),
        ("name: x\ncmd: [a]\nfiles: { a: b }", "must begin with /"),
        ("name: x\nrun: { htp: {} }", "unknown field `htp`"),
    ] {
        let error = DeclaredImage::parse(text).err().unwrap_or_default();
        assert!(error.contains(why), "{text}: {error}");
    }
    desk.write("bad.yaml", "name: x\n");
    assert_eq!(desk.run("image add bad.yaml"), "image: bad.yaml: image \"x\" has nothing to run: give it run, entrypoint or cmd\n");
}

#[test]
fn kubectl_in_a_pod_is_its_service_account() {
    let mut desk = Desk::new("single");
    desk.run("kubectl create namespace team; kubectl run k -n team --image=bitnami/kubectl --command -- sleep 100000");
    desk.run("kubectl wait -n team --for=condition=Ready pod/k --timeout=60s");
    let refused = desk.run("kubectl exec -n team k -- kubectl get pods");
    assert!(
        refused.contains("Error from server (Forbidden): pods is forbidden: User \"system:serviceaccount:team:default\" cannot list resource \"pods\" in API group \"\" in the namespace \"team\""),
        "{refused}"
    );
    assert!(desk.run("kubectl exec -n team k -- kubectl version --client").contains("Client Version: v1.36"));
}
