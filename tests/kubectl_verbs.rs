//! Verbs that no recorded transcript uses: edit, cp, debug, proxy, completion, and kinds that are only listed.

use podground::cluster::Topology;
use podground::session::Player;
use podground::session::play::Workstation;

fn player() -> Player {
    let topology = Topology::built_in("reference").expect("the reference topology");
    let mut player = Player::new(7, &topology, None);
    player.run_aside("kubectl run web --image=nginx --labels=app=web");
    player.run_aside("kubectl wait --for=condition=Ready pod/web --timeout=60s");
    player
}

/// What the line prints: stdout, stderr and the status.
fn run(player: &mut Player, line: &str) -> (String, String, i32) {
    let outcome = player.run_aside(line);
    (outcome.stdout, outcome.stderr, outcome.status)
}

#[test]
fn an_editor_changes_the_live_object() {
    let player = &mut player();
    let edited = run(player, "KUBE_EDITOR='sed -i s/nginx$/httpd/' kubectl edit pod web -o name").0;
    assert_eq!(edited, "pod/web\n");
    assert_eq!(run(player, "KUBE_EDITOR=true kubectl edit pod web"), (String::new(), "Edit cancelled, no changes made.\n".into(), 0));
    let (out, err, status) = run(player, "EDITOR='sed -i s/name:.web$/name:db/' kubectl edit pod web");
    assert_eq!((out.as_str(), status), ("", 1));
    assert!(err.starts_with("A copy of your changes has been stored to \"/tmp/kubectl-edit-"), "{err}");
    let refused = run(player, "KUBE_EDITOR=nosuch kubectl edit pod web");
    assert_eq!(refused, (String::new(), "error: unable to launch the editor \"nosuch\"\n".into(), 1));
}

#[test]
fn files_are_copied_both_ways() {
    let player = &mut player();
    player.write_file("a.txt", "hello\n");
    if run(player, "kubectl exec web -- sh -c 'command -v tar'").2 != 0 {
        // As with an image that really has none.
        let refused = run(player, "kubectl cp a.txt web:/tmp/b.txt");
        assert!(refused.1.contains("exec: \"tar\": executable file not found in $PATH"), "{}", refused.1);
        assert_eq!(refused.2, 1);
        return;
    }
    assert_eq!(run(player, "kubectl cp a.txt web:/tmp/b.txt"), (String::new(), String::new(), 0));
    assert_eq!(run(player, "kubectl exec web -- cat /tmp/b.txt").0, "hello\n");
    assert_eq!(run(player, "kubectl cp web:/tmp/b.txt c.txt").2, 0);
    assert_eq!(run(player, "cat c.txt").0, "hello\n");
    let missing = run(player, "kubectl cp nosuch web:/tmp");
    assert_eq!(missing, (String::new(), "error: nosuch doesn't exist in local filesystem\n".into(), 1));
}

#[test]
fn an_ephemeral_container_runs_beside_the_others() {
    let player = &mut player();
    let (out, err, status) = run(player, "kubectl debug web --image=busybox -c dbg -- sleep 1000");
    assert_eq!((out.as_str(), err.as_str(), status), ("", "", 0));
    player.sleep(10_000);
    let state = run(player, "kubectl get pod web -o jsonpath='{.status.ephemeralContainerStatuses[0].state.running.startedAt}'").0;
    assert!(!state.is_empty());
    let copy = run(player, "kubectl debug web --copy-to=web-2 --image=busybox -c dbg -- sleep 1000");
    assert_eq!(copy.2, 0, "{}", copy.1);
    assert_eq!(run(player, "kubectl get pod web-2 -o jsonpath='{.spec.containers[*].name}{.spec.shareProcessNamespace}'").0, "web dbgtrue");
}

#[test]
fn the_api_is_served_on_the_workstation() {
    let player = &mut player();
    let line = "kubectl proxy >/dev/null & sleep 1; curl -s localhost:8001/api/v1/namespaces/default/pods/web | grep -c '\"name\": \"web\"'; kill %1";
    assert!(run(player, line).0.trim().parse::<i32>().is_ok_and(|count| count >= 1));
}

#[test]
fn words_are_completed() {
    let player = &mut player();
    for (line, wanted) in [
        ("get po", "poddisruptionbudgets.policy\npods\n"),
        ("get pods ''", "web\n"),
        ("logs web -c ''", "web\n"),
        ("config use-context ''", "playground\n"),
        ("get pods -n kube-s", "kube-system\n"),
        ("describe pod/w", "pod/web\n"),
        ("rollout und", "undo\n"),
    ] {
        let found = run(player, &format!("kubectl __completeNoDesc {line} 2>/dev/null | grep -v ^:")).0;
        assert_eq!(found, wanted, "{line}");
    }
}

#[test]
fn kinds_that_are_only_listed_say_so() {
    let player = &mut player();
    assert_eq!(run(player, "kubectl get statefulsets").1, "No resources found in default namespace.\n");
    assert_eq!(run(player, "kubectl get roles").1, "error: roles.rbac.authorization.k8s.io are not simulated in Podground\n");
    let refused = run(player, "kubectl get pods --as=jane");
    assert_eq!(
        refused.1,
        "Error from server (Forbidden): pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\"\n"
    );
}

#[test]
fn a_selector_chooses_among_a_files_objects() {
    let player = &mut player();
    let map = |name: &str, app: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, labels: {{app: {app}}}}}\ndata: {{key: {app}}}\n")
    };
    player.write_file("two.yaml", &format!("{}---\n{}", map("one", "a"), map("two", "b")));
    assert_eq!(run(player, "kubectl create -f two.yaml -l app=a").0, "configmap/one created\n");
    assert_eq!(run(player, "kubectl apply -f two.yaml -l app=b").0, "configmap/two created\n");
    assert_eq!(run(player, "kubectl label -f two.yaml -l app=b tier=x").0, "configmap/two labeled\n");
    assert_eq!(run(player, "kubectl get -f two.yaml -l app=a -o name").0, "configmap/one\n");
    assert_eq!(run(player, "kubectl delete -f two.yaml -l app=c").0, "No resources found\n");
    assert_eq!(run(player, "kubectl delete -f two.yaml -l app=b -o name").0, "configmap/two\n");
    let wrong = "error: the provided selector \"a,,b\" is not valid: found ',', expected: identifier after ','\n";
    assert_eq!(run(player, "kubectl create -f two.yaml -l a,,b"), (String::new(), wrong.into(), 1));
}

#[test]
fn every_change_is_made_in_the_name_that_was_given() {
    let player = &mut player();
    let manager = "--show-managed-fields -o jsonpath='{.metadata.managedFields[*].manager}'";
    let made = |player: &mut Player, line: &str| run(player, &format!("kubectl {line} {manager}")).0;
    assert_eq!(made(player, "expose pod web --port=80"), "kubectl-expose");
    assert_eq!(made(player, "expose pod web --port=80 --name=w --field-manager=me"), "me");
    assert_eq!(made(player, "create configmap c --from-literal=a=b --field-manager=me"), "me");
    assert!(made(player, "label configmap c a=b").contains("kubectl-label"));
}

#[test]
fn references_of_variables_are_resolved() {
    let player = &mut player();
    run(player, "kubectl create secret generic s --from-literal=p=hello");
    run(player, "kubectl create deployment d --image=nginx && kubectl set env deploy/d --from=secret/s --keys=p");
    assert_eq!(run(player, "kubectl set env deploy/d --list").0, "# Deployment d, container nginx\n# P from secret s, key p\n");
    assert_eq!(run(player, "kubectl set env deploy/d --list --resolve").0, "# Deployment d, container nginx\nP=hello\n");
    run(player, "kubectl delete secret s");
    let gone = run(player, "kubectl set env deploy/d --list --resolve");
    assert_eq!(gone.0, "# Deployment d, container nginx\n# P from secret s, key p\n");
    assert_eq!(gone.1, "error retrieving reference for P: secrets \"s\" not found\n");
}

#[test]
fn what_stays_local_is_printed_as_go_writes_its_structs() {
    let player = &mut player();
    player.write_file(
        "d.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {containers: [{name: x, image: a}]}}}\n",
    );
    let json = "-o jsonpath='{.spec}{.status}'";
    assert_eq!(
        run(player, &format!("kubectl set image -f d.yaml --local x=b {json}")).0,
        r#"{"selector":null,"strategy":{},"template":{"metadata":{},"spec":{"containers":[{"image":"b","name":"x","resources":{}}]}}}{}"#
    );
    let nowhere = "error: configmap/c the object is not a pod or does not have a pod template: *v1.ConfigMap\n";
    run(player, "kubectl create configmap c --dry-run=client -o yaml > c.yaml");
    assert_eq!(run(player, "kubectl set image -f c.yaml --local x=b").1, nowhere);
    let overridden =
        run(player, &format!("kubectl run x --image=a --dry-run=client {json} --overrides='{{\"spec\": {{\"unknown\": 1}}}}'"));
    assert!(!overridden.0.is_empty() && !overridden.0.contains("unknown"), "{overridden:?}");
}

#[test]
fn the_failure_of_one_log_may_be_ignored() {
    let player = &mut player();
    run(player, "kubectl create deployment d --image=nginx --replicas=2");
    let told = run(player, "kubectl logs -l app=d --ignore-errors");
    assert_eq!((told.0.matches("error: container \"nginx\" in pod ").count(), told.2), (2, 0), "{told:?}");
    assert_eq!(run(player, "kubectl logs -l app=d").2, 1);
}

#[test]
fn a_selector_chooses_what_is_compared() {
    let player = &mut player();
    run(player, "kubectl create configmap c --dry-run=client -o yaml > c.yaml");
    assert_eq!(run(player, "kubectl diff -f c.yaml -l app=c"), (String::new(), String::new(), 0));
    assert_eq!(run(player, "kubectl diff -f c.yaml").2, 1);
}

#[test]
fn all_and_a_selector_do_not_go_together() {
    let player = &mut player();
    let refused = "error: setting 'all' parameter but found a non empty selector. \n";
    for selector in ["-l a=b", "--field-selector metadata.name=c"] {
        assert_eq!(run(player, &format!("kubectl delete cm --all {selector}")), (String::new(), refused.to_owned(), 1));
    }
}

#[test]
fn discovery_is_asked_as_often_as_a_word_has_meanings() {
    let player = &mut player();
    let times = |player: &mut Player, line: &str| run(player, &format!("kubectl -s 127.0.0.1:1 {line}")).1.matches("memcache.go").count();
    for (asked, line) in [
        (0, "create deployment a --image=a"),
        (1, "run a --image=a"),
        (2, "taint node a k=v:NoSchedule"),
        (4, "get pods/a"),
        (4, "get pods,services a"),
        (4, "logs a"),
        (5, "get pods"),
        (5, "rollout status deployment a"),
        (5, "set image deployment a a=b"),
        (6, "get pods,services"),
        (7, "get deployments.v1.apps"),
    ] {
        assert_eq!(times(player, line), asked, "{line}");
    }
}

#[test]
fn numbers_with_fractions_are_written_as_go_writes_them() {
    let player = &mut player();
    player.write_file("a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {a: 1234567.5, b: 0.0000001, c: 1e25}\n");
    let line = "kubectl annotate --local -f a.yaml x=y -o";
    assert_eq!(run(player, &format!("{line} jsonpath='{{.spec}} {{.spec.a}}'")).0, r#"{"a":1234567.5,"b":1e-7,"c":1e+25} 1.2345675e+06"#);
    assert_eq!(run(player, &format!("{line} yaml | tail -3")).0, "  a: 1.2345675e+06\n  b: 1e-07\n  c: 1e+25\n");
}

#[test]
fn a_daemon_set_goes_back_to_its_earlier_version() {
    let player = &mut player();
    let manifest = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: { name: agent }\nspec:\n  selector: { matchLabels: { app: agent } }\n  template:\n    metadata: { labels: { app: agent } }\n    spec: { containers: [{ name: c, image: \"nginx:1.26\" }] }\n";
    player.write_file("agent.yaml", manifest);
    assert_eq!(run(player, "kubectl apply -f agent.yaml; kubectl rollout status ds/agent --timeout=90s >/dev/null").2, 0);
    assert_eq!(run(player, "kubectl rollout undo ds/agent").1, "error: no last revision to roll back to\n");
    run(player, "kubectl set image ds/agent c=nginx:1.27; kubectl rollout status ds/agent --timeout=90s");
    let history = "daemonset.apps/agent \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n";
    assert_eq!(run(player, "kubectl rollout history ds agent").0, history);
    let details = run(player, "kubectl rollout history ds agent --revision=1").0;
    assert!(details.starts_with("daemonset.apps/agent with revision #1\nPod Template:\n"), "{details}");
    assert!(details.contains("nginx:1.26") && !details.contains("hash"), "{details}");
    let table = run(player, "kubectl get controllerrevisions -l app=agent").0;
    assert!(table.contains("CONTROLLER             REVISION") && table.contains("daemonset.apps/agent   2 "), "{table}");
    assert_eq!(run(player, "kubectl rollout undo ds/agent --to-revision=7").1, "error: unable to find specified revision 7 in history\n");
    assert_eq!(run(player, "kubectl rollout undo ds/agent").0, "daemonset.apps/agent rolled back\n");
    run(player, "kubectl rollout status ds/agent --timeout=90s");
    assert_eq!(run(player, "kubectl get ds agent -o jsonpath='{..image}'").0, "nginx:1.26");
    let back = run(player, "kubectl rollout history ds agent").0;
    assert_eq!(back, "daemonset.apps/agent \nREVISION  CHANGE-CAUSE\n2         <none>\n3         <none>\n\n");
}
