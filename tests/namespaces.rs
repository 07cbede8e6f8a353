//! One test for each kind of namespace: what is shared is seen from the sibling container, what is not is not.

#[path = "support/desk.rs"]
mod desk;

use desk::Desk;

/// A pod of two containers, `a` and `b`, with more of the pod's spec; both sleep.
fn pair(more: &str) -> Desk {
    let mut desk = Desk::new("single");
    let container = |name: &str| format!("  - {{ name: {name}, image: 'nicolaka/netshoot', command: [sleep, '100000'] }}\n");
    let text =
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{ name: pair }}\nspec:\n{more}  containers:\n{}{}", container("a"), container("b"));
    desk.write("pair.yaml", &text);
    desk.run("kubectl apply -f pair.yaml");
    desk.run("kubectl wait --for=condition=Ready pod/pair --timeout=180s");
    desk
}

fn node(desk: &mut Desk) -> String {
    desk.run("kubectl get nodes -o jsonpath='{.items[0].metadata.name}'")
}

fn exec(desk: &mut Desk, container: &str, command: &str) -> String {
    desk.run(&format!("kubectl exec pair -c {container} -- {command}"))
}

/// The number of a container's namespace.
fn number(desk: &mut Desk, container: &str, kind: &str) -> String {
    exec(desk, container, &format!("readlink /proc/self/ns/{kind}"))
}

/// Whether the containers share a namespace of this kind, and whether it is the node's own.
fn shared(desk: &mut Desk, kind: &str) -> (bool, bool) {
    let (a, b) = (number(desk, "a", kind), number(desk, "b", kind));
    let node = node(desk);
    let host = desk.run(&format!("ssh {node} readlink /proc/1/ns/{kind}"));
    assert!(a.starts_with(&format!("{kind}:[40265")) && host.starts_with(&format!("{kind}:[40265")), "{a} {host}");
    (a == b, a == host)
}

#[test]
fn net_is_the_pods() {
    let mut desk = pair("");
    assert_eq!(shared(&mut desk, "net"), (true, false));
    assert_eq!(exec(&mut desk, "a", "ip -br addr"), exec(&mut desk, "b", "ip -br addr"));
    desk.run("kubectl exec pair -c a -- sh -c 'exec > /dev/null 2>&1; nc -l -p 8080 &'");
    assert!(exec(&mut desk, "b", "ss -tln").contains(":8080"), "the sibling's socket is seen");
    assert!(exec(&mut desk, "b", "nc -l -p 8080").contains("ddress"), "and its port is taken");
    let node = node(&mut desk);
    assert!(!desk.run(&format!("ssh {node} ss -tln")).contains(":8080"), "the node has its own ports");
}

#[test]
fn net_is_the_nodes_with_host_network() {
    let mut desk = pair("  hostNetwork: true\n");
    assert_eq!(shared(&mut desk, "net"), (true, true));
    let node = node(&mut desk);
    let ip = desk.run("kubectl get nodes -o jsonpath='{.items[0].status.addresses[0].address}'");
    assert_eq!(desk.run("kubectl get pod pair -o jsonpath='{.status.podIP}'"), ip);
    assert!(exec(&mut desk, "a", "ip -br addr").contains(&ip));
    assert_eq!(exec(&mut desk, "a", "hostname").trim(), node, "with the node's network goes the node's name");
    assert_eq!(shared(&mut desk, "uts"), (true, true));
    assert_eq!(shared(&mut desk, "pid"), (false, false));
}

#[test]
fn uts_is_the_pods() {
    let mut desk = pair("");
    assert_eq!(shared(&mut desk, "uts"), (true, false));
    assert_eq!(exec(&mut desk, "a", "hostname") + &exec(&mut desk, "b", "hostname"), "pair\npair\n");
}

#[test]
fn ipc_is_the_pods_and_the_nodes_with_host_ipc() {
    let mut desk = pair("");
    assert_eq!(shared(&mut desk, "ipc"), (true, false));
    let mut desk = pair("  hostIPC: true\n");
    assert_eq!(shared(&mut desk, "ipc"), (true, true));
}

#[test]
fn mnt_is_the_containers_and_volumes_are_mounted_in_both() {
    let mut desk = pair("");
    assert_eq!(shared(&mut desk, "mnt"), (false, false));
    desk.run("kubectl exec pair -c a -- sh -c 'echo mine > /tmp/file'");
    assert_eq!(exec(&mut desk, "a", "cat /tmp/file"), "mine\n");
    assert!(exec(&mut desk, "b", "cat /tmp/file").contains("No such file or directory"));
    assert!(exec(&mut desk, "a", "cat /proc/mounts").starts_with("overlay / overlay rw,relatime 0 0\nproc /proc proc"), "proc is mounted");
    assert!(exec(&mut desk, "a", "mount").contains("tmpfs on /var/run/secrets/kubernetes.io/serviceaccount type tmpfs (ro,relatime)"));
}

#[test]
fn pid_is_the_containers() {
    let mut desk = pair("");
    assert_eq!(shared(&mut desk, "pid"), (false, false));
    let ps = exec(&mut desk, "b", "ps");
    assert_eq!(ps.matches("sleep 100000").count(), 1, "{ps}");
    assert!(exec(&mut desk, "b", "cat /proc/1/comm").starts_with("sleep"));
    let node = node(&mut desk);
    assert_eq!(desk.run(&format!("ssh {node} ps aux")).matches(" sleep 100000").count(), 2, "the node sees both");
}

#[test]
fn pid_is_the_pods_with_share_process_namespace() {
    let mut desk = pair("  shareProcessNamespace: true\n");
    assert_eq!(shared(&mut desk, "pid"), (true, false));
    let ps = exec(&mut desk, "b", "ps");
    assert!(ps.contains("1 65535    0:00 /pause") || ps.contains("/pause"), "{ps}");
    assert_eq!(ps.matches("sleep 100000").count(), 2, "{ps}");
    // An orphan goes to pause, which is process 1.
    exec(&mut desk, "a", "sh -c 'exec > /dev/null 2>&1; sleep 777 & exit'");
    let orphan = exec(&mut desk, "b", "pgrep -f 'sleep 777'");
    assert_eq!(exec(&mut desk, "b", &format!("grep PPid /proc/{}/status", orphan.trim())), "PPid:\t1\n");
    exec(&mut desk, "b", "pkill -f 'sleep 100000'");
    desk.run("sleep 5");
    assert!(desk.run("kubectl get pod pair").contains("Running"), "both were ended by a sibling, and restarted");
}

#[test]
fn pid_is_the_nodes_with_host_pid() {
    let mut desk = pair("  hostPID: true\n");
    assert_eq!(shared(&mut desk, "pid"), (true, true));
    let ps = exec(&mut desk, "a", "ps");
    assert!(ps.contains("/sbin/init") && ps.contains("kubelet"), "{ps}");
    assert_eq!(shared(&mut desk, "net"), (true, false));
    desk.run("kubectl delete pod pair --now");
    let node = node(&mut desk);
    assert!(!desk.run(&format!("ssh {node} ps aux")).contains("sleep 100000"), "nothing of the pod is left");
    assert!(desk.run(&format!("ssh {node} ps aux")).contains("/sbin/init"));
}
