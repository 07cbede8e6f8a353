//! Nodes as places to go: ssh, crictl, docker, journalctl, systemctl, lsns, nsenter.

#[path = "support/desk.rs"]
mod desk;

use desk::Desk;

const POD: &str = "apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  nodeName: node-1
  containers:
  - { name: nginx, image: 'nginx:1.27' }
  - { name: side, image: 'busybox:1.36', command: [sh, -c, 'echo hello; sleep 100000'] }
";

fn with_pod(topology: &str) -> Desk {
    let mut desk = Desk::new(topology);
    desk.write("web.yaml", POD);
    desk.run("kubectl apply -f web.yaml");
    desk.run("kubectl wait --for=condition=Ready pod/web --timeout=120s");
    desk
}

/// The words of a line of a table.
fn words(text: &str, line: usize) -> Vec<&str> {
    text.lines().nth(line).unwrap_or_default().split_whitespace().collect()
}

#[test]
fn crictl_shows_and_ends_what_the_runtime_has() {
    let mut desk = with_pod("classroom");
    let pods = desk.run("ssh node-1 crictl pods --name web");
    assert!(pods.starts_with("POD ID              CREATED             STATE               NAME                NAMESPACE"), "{pods}");
    assert!(words(&pods, 1).ends_with(&["Ready", "web", "default", "0", "(default)"]), "{pods}");
    let ps = desk.run("ssh node-1 crictl ps --name side");
    assert!(ps.lines().count() == 2 && words(&ps, 1).contains(&"Running") && words(&ps, 1).ends_with(&["web", "default"]), "{ps}");
    let id = desk.run("ssh node-1 crictl ps -q --name side").trim().to_owned();
    assert_eq!(desk.run("kubectl get pod web -o jsonpath='{.status.containerStatuses[1].containerID}'"), format!("containerd://{id}"));
    assert_eq!(desk.run(&format!("ssh node-1 crictl logs {id}")), "hello\n");
    assert_eq!(desk.run(&format!("ssh node-1 crictl exec {id} hostname")), "web\n");
    assert!(desk.run(&format!("ssh node-1 crictl exec {id} nosuch")).contains("executable file not found in $PATH"));
    assert!(desk.run("ssh node-1 crictl logs nosuch").contains("an error occurred when try to find container \\\"nosuch\\\": not found"));
    let image = desk.run(&format!("ssh node-1 crictl inspect {id} | jq -r .status.image.image"));
    assert!(image.contains("docker.io/library/busybox:1.36") || image.contains("command not found"), "{image}");
    let template = format!("ssh node-1 \"crictl inspect -o go-template --template '{{{{.info.pid}}}}' {id}\"");
    assert!(desk.run(&template).trim().parse::<u32>().is_ok_and(|pid| pid > 1000), "the number on the node");
    assert!(desk.run("ssh node-1 crictl images").contains("docker.io/library/nginx           1.27"));
    assert!(desk.run("ssh node-1 crictl stats").contains("is not simulated in Podground"));
    assert_eq!(desk.run("ssh node-1 docker ps"), "bash: line 1: docker: command not found\n");
    assert!(desk.run(&format!("ssh node-1 crictl rm {id}")).contains("is running, please stop it first"));
    assert_eq!(desk.run(&format!("ssh node-1 crictl stop {id}")), format!("{id}\n"));
    desk.run("sleep 5");
    let pods = desk.run("kubectl get pods");
    assert!(words(&pods, 1).starts_with(&["web", "2/2", "Running", "1"]), "{pods}");
    let old = desk.run("ssh node-1 crictl pods -q --name web");
    assert_eq!(desk.run(&format!("ssh node-1 crictl stopp {old}")), format!("Stopped sandbox {old}"));
    desk.run("sleep 60");
    assert_ne!(desk.run("ssh node-1 crictl pods -q --name web --state ready"), old, "the kubelet made another sandbox");
}

#[test]
fn docker_is_there_where_the_topology_says_so() {
    let mut desk = with_pod("docker");
    let ps = desk.run("ssh node-1 docker ps -f name=_web_");
    assert!(ps.starts_with("CONTAINER ID   IMAGE                        COMMAND"), "{ps}");
    assert!(
        ps.contains("registry.k8s.io/pause:3.10   \"/pause\"")
            && ps.contains("k8s_POD_web_default_")
            && ps.contains("k8s_side_web_default_"),
        "{ps}"
    );
    let id = desk.run("ssh node-1 docker ps -q -f name=k8s_side").trim().to_owned();
    let full = desk.run("kubectl get pod web -o jsonpath='{.status.containerStatuses[1].containerID}'");
    assert!(full.starts_with(&format!("docker://{id}")), "{full}");
    assert_eq!(desk.run(&format!("ssh node-1 docker logs {id}")), "hello\n");
    assert_eq!(desk.run(&format!("ssh node-1 docker exec {id} hostname")), "web\n");
    let pid = desk.run(&format!("ssh node-1 \"docker inspect -f '{{{{.State.Pid}}}}' {id}\""));
    assert!(pid.trim().parse::<u32>().is_ok_and(|pid| pid > 1000), "{pid}");
    assert!(
        desk.run(&format!("ssh node-1 docker rm {id}"))
            .contains("container is running: stop the container before removing or force remove")
    );
    assert_eq!(desk.run(&format!("ssh node-1 docker rm -f {id}")), format!("{id}\n"));
    desk.run("sleep 5");
    let pods = desk.run("kubectl get pods");
    assert!(words(&pods, 1).starts_with(&["web", "2/2", "Running", "1"]), "{pods}");
    assert!(desk.run("ssh node-1 crictl ps").contains("side"), "through cri-dockerd");
    assert_eq!(desk.run("ssh node-1 docker logs nosuch"), "Error response from daemon: No such container: nosuch\n");
    assert!(desk.run("ssh node-1 docker images").contains("nginx                             1.27"));
}

#[test]
fn a_node_sees_the_processes_and_namespaces_of_its_pods() {
    let mut desk = with_pod("classroom");
    let ps = desk.run("ssh node-1 ps aux");
    for command in ["/sbin/init", "/usr/bin/kubelet --", "containerd-shim-runc-v2", "/pause", "nginx: master process", "sleep 100000"] {
        assert!(ps.contains(command), "{command} in {ps}");
    }
    let pause = desk.run("ssh node-1 crictl inspectp $(ssh node-1 crictl pods -q --name web) | grep '\"pid\": [0-9]'");
    let pause: String = pause.chars().filter(char::is_ascii_digit).collect();
    let lsns = desk.run("ssh node-1 lsns -t net");
    let row: Vec<&str> =
        lsns.lines().find(|line| line.split_whitespace().nth(3) == Some(&pause)).unwrap_or_default().split_whitespace().collect();
    assert_eq!(row.get(1..), Some(&["net", "5", &pause, "65535", "/pause"][..]), "pause holds what five processes share: {lsns}");
    let mnt = desk.run("ssh node-1 lsns -t mnt");
    assert!(mnt.lines().any(|line| line.ends_with("nginx: master process nginx -g daemon off;")), "{mnt}");
    let ip = desk.run("kubectl get pod web -o jsonpath='{.status.podIP}'");
    assert!(desk.run(&format!("ssh node-1 nsenter -t {pause} -n ip addr show eth0")).contains(&format!("inet {ip}/24")));
    assert_eq!(desk.run(&format!("ssh node-1 nsenter -t {pause} -u hostname")), "web\n");
    let routes = desk.run("ssh node-1 ip route");
    assert!(routes.contains(&format!("{ip} dev veth")) && routes.contains("10.244.1.0/24 via 172.18.0.12 dev eth0"), "{routes}");
    assert!(desk.run("ssh node-1 cat '/var/log/pods/default_web_*/side/0.log'").ends_with("Z stdout F hello\n"));
    assert!(desk.run("ssh node-1 ls /var/log/containers").contains("web_default_side-"));
    let killed = desk.run("ssh node-1 'kill -9 $(pgrep -f \"sleep 100000\" | head -1)'; sleep 5; kubectl get pods");
    assert!(words(&killed, 1).starts_with(&["web", "2/2", "Running", "1"]), "{killed}");
}

#[test]
fn a_stopped_kubelet_is_a_node_that_is_not_ready() {
    let mut desk = Desk::new("classroom");
    assert_eq!(desk.run("ssh node-2 systemctl is-active kubelet"), "active\n");
    assert!(desk.run("ssh node-2 journalctl -u kubelet").contains("\"Successfully registered node\" node=\"node-2\""));
    desk.run("ssh node-2 systemctl stop kubelet");
    assert!(desk.run("ssh node-2 systemctl status kubelet").contains("Active: inactive (dead)"));
    assert!(desk.run("sleep 60; kubectl get nodes").contains("node-2   NotReady"));
    desk.run("ssh node-2 systemctl start kubelet; sleep 20");
    assert!(desk.run("kubectl get nodes").contains("node-2   Ready"));
    // systemd starts again what somebody killed.
    desk.run("ssh node-2 pkill -9 kubelet");
    assert_eq!(desk.run("ssh node-2 systemctl is-active kubelet"), "inactive\n");
    assert_eq!(desk.run("sleep 15; ssh node-2 systemctl is-active kubelet"), "active\n");
    desk.run("ssh node-2 systemctl stop containerd");
    assert!(desk.run("ssh node-2 crictl ps").contains("connect: no such file or directory"));
    assert_eq!(desk.run("ssh node-9 hostname"), "ssh: Could not resolve hostname node-9: Name or service not known\n");
    assert_eq!(desk.run("minikube ssh -n node-3 hostname"), "node-3\n");
}
