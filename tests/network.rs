//! Services, DNS, probes and the trace of requests, as a learner sees them.

#[path = "support/desk.rs"]
mod desk;

use desk::Desk;

fn ready(desk: &mut Desk, pods: &str) {
    desk.run(&format!("kubectl wait --for=condition=Ready {pods} --timeout=120s"));
}

#[test]
fn a_service_with_affinity_sends_a_client_to_one_pod() {
    let mut desk = Desk::new("classroom");
    desk.run("kubectl create deployment web --image=luksa/kubia --replicas=3; kubectl expose deployment web --port=80 --target-port=8080");
    desk.run("kubectl run client --image=curlimages/curl --command -- sleep 100000");
    desk.run("kubectl rollout status deployment web; kubectl wait --for=condition=Ready pod/client --timeout=60s");
    let ask = "kubectl exec client -- sh -c 'for i in 1 2 3 4 5 6 7 8 9; do curl -s web; done' | sort -u | wc -l";
    assert_ne!(desk.run(ask).trim(), "1", "any endpoint");
    desk.run("kubectl patch service web -p '{\"spec\":{\"sessionAffinity\":\"ClientIP\"}}'; sleep 2");
    assert_eq!(desk.run(ask).trim(), "1", "always the same");
}

#[test]
fn an_external_name_is_an_alias_and_a_headless_service_the_pods() {
    let mut desk = Desk::new("classroom");
    desk.run("kubectl run web --image=nginx:1.27 --port=80 --expose");
    desk.run("kubectl create service externalname other --external-name=web.default.svc.cluster.local");
    desk.run("kubectl create service externalname far --external-name=db.example.com");
    desk.run("kubectl run client --image=nicolaka/netshoot --command -- sleep 100000");
    ready(&mut desk, "pod/web pod/client");
    let known = desk.run("kubectl exec client -- nslookup other");
    assert!(known.contains("other.default.svc.cluster.local\tcanonical name = web.default.svc.cluster.local"), "{known}");
    assert!(desk.run("kubectl exec client -- curl -s other").contains("Welcome to nginx!"));
    let far = desk.run("kubectl exec client -- nslookup far");
    assert!(far.contains("canonical name = db.example.com") && far.contains("can't find db.example.com"), "{far}");
    desk.run("kubectl expose pod web --name=headless --cluster-ip=None --port=80; sleep 2");
    let ip = desk.run("kubectl get pod web -o jsonpath='{.status.podIP}'");
    assert!(desk.run("kubectl exec client -- nslookup headless").contains(&format!("Address: {ip}")));
}

#[test]
fn a_grpc_probe_asks_agnhost() {
    let mut desk = Desk::new("single");
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: { name: health }\nspec:\n  containers:\n  - name: c\n    image: registry.k8s.io/e2e-test-images/agnhost:2.53\n    args: [grpc-health-checking]\n    readinessProbe: { grpc: { port: 5000 }, periodSeconds: 5 }\n";
    desk.write("health.yaml", pod);
    desk.run("kubectl apply -f health.yaml");
    ready(&mut desk, "pod/health");
    assert!(desk.run("kubectl get pod health").contains("1/1"));
    assert_eq!(desk.run("kubectl exec health -- curl -s localhost:8080/make-not-serving; sleep 30"), "");
    assert!(desk.run("kubectl get pod health").contains("0/1"));
    assert!(desk.run("kubectl describe pod health").contains("service unhealthy (responded with \"NOT_SERVING\")"));
}

#[test]
fn a_missing_pull_secret_is_told() {
    let mut desk = Desk::new("single");
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec:\n  imagePullSecrets: [{ name: regcred }]\n  containers: [{ name: c, image: 'nginx:1.27' }]\n";
    desk.write("p.yaml", pod);
    desk.run("kubectl apply -f p.yaml; sleep 20");
    let told = desk.run("kubectl describe pod p");
    assert!(told.contains("Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed."), "{told}");
}
