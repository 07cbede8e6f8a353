//! Volumes from inside and from the node: what follows its object, what is read only, what is full.

#[path = "support/desk.rs"]
mod desk;

use desk::Desk;

const POD: &str = "apiVersion: v1
kind: Pod
metadata: { name: v, labels: { tier: one } }
spec:
  containers:
  - name: c
    image: busybox:1.36
    command: [sleep, '100000']
    volumeMounts:
    - { name: config, mountPath: /config }
    - { name: config, mountPath: /etc/app.conf, subPath: app.conf }
    - { name: scratch, mountPath: /scratch }
    - { name: scratch, mountPath: /scratch-ro, readOnly: true }
    - { name: scratch, mountPath: /sub, subPath: deep/er }
    - { name: info, mountPath: /info }
    - { name: logs, mountPath: /host-logs, readOnly: true }
  volumes:
  - { name: config, configMap: { name: app } }
  - { name: scratch, emptyDir: { sizeLimit: 1Mi } }
  - { name: info, downwardAPI: { items: [{ path: labels, fieldRef: { fieldPath: metadata.labels } }] } }
  - { name: logs, hostPath: { path: /var/log } }
";

fn desk() -> Desk {
    let mut desk = Desk::new("single");
    desk.run("kubectl create configmap app --from-literal=app.conf=one");
    desk.write("v.yaml", POD);
    desk.run("kubectl apply -f v.yaml; kubectl wait --for=condition=Ready pod/v --timeout=60s");
    desk
}

fn sh(desk: &mut Desk, command: &str) -> String {
    desk.run(&format!("kubectl exec v -- sh -c '{command}'"))
}

#[test]
fn a_config_map_is_followed_but_not_through_a_sub_path() {
    let mut desk = desk();
    assert_eq!(sh(&mut desk, "cat /config/app.conf /etc/app.conf"), "oneone");
    desk.run("kubectl create configmap app --from-literal=app.conf=two --dry-run=client -o yaml | kubectl apply -f -");
    assert_eq!(sh(&mut desk, "cat /config/app.conf"), "one", "not at once");
    desk.run("sleep 130");
    assert_eq!(sh(&mut desk, "cat /config/app.conf /etc/app.conf"), "twoone");
    assert!(sh(&mut desk, "ls -a /config").contains("..data"));
    desk.run("kubectl label pod v tier=two --overwrite; sleep 70");
    assert_eq!(sh(&mut desk, "cat /info/labels"), "tier=\"two\"");
}

#[test]
fn sub_paths_and_read_only_mounts() {
    let mut desk = desk();
    sh(&mut desk, "echo x > /sub/file");
    assert_eq!(sh(&mut desk, "cat /scratch/deep/er/file /scratch-ro/deep/er/file"), "x\nx\n");
    assert!(sh(&mut desk, "echo y > /scratch-ro/other").contains("Read-only file system"));
    assert!(sh(&mut desk, "echo y > /config/app.conf").contains("Read-only file system"));
    assert!(sh(&mut desk, "dd if=/dev/zero of=/scratch/big bs=1024 count=4096").contains("No space left on device"));
    assert!(sh(&mut desk, "mount | grep scratch-ro").contains("(ro,relatime)"));
}

#[test]
fn the_node_sees_volumes_and_a_pod_sees_the_nodes_logs() {
    let mut desk = desk();
    let node = desk.run("kubectl get pod v -o jsonpath='{.spec.nodeName}'");
    let uid = desk.run("kubectl get pod v -o jsonpath='{.metadata.uid}'");
    sh(&mut desk, "echo from-inside > /scratch/note");
    let folder = format!("/var/lib/kubelet/pods/{uid}/volumes");
    assert_eq!(desk.run(&format!("ssh {node} cat {folder}/kubernetes.io~empty-dir/scratch/note")), "from-inside\n");
    assert!(desk.run(&format!("ssh {node} ls {folder}")).contains("kubernetes.io~configmap\n"));
    desk.run(&format!("ssh {node} 'echo from-outside > {folder}/kubernetes.io~empty-dir/scratch/back'"));
    assert_eq!(sh(&mut desk, "cat /scratch/back"), "from-outside\n");
    assert!(sh(&mut desk, "ls /host-logs/containers").contains("v_default_c-"), "a log shipper finds them");
    assert_eq!(sh(&mut desk, "ls /host-logs/pods | grep -c default_v_"), "1\n");
}

#[test]
fn a_service_account_token_is_made_anew_before_it_ends() {
    let mut desk = desk();
    let token = "cat /var/run/secrets/kubernetes.io/serviceaccount/token";
    let first = sh(&mut desk, token);
    assert_eq!(sh(&mut desk, token), first);
    for _ in 0..5 {
        desk.run("sleep 600");
    }
    assert_ne!(sh(&mut desk, token), first);
}
