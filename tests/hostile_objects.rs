//! Objects with numbers as large as the API server admits: whatever is worked out from them, the cluster goes on.

use podground::cluster::Topology;
use podground::session::Player;
use podground::session::play::Workstation;

/// 2⁶³ − 1, the largest amount that a quantity holds.
const MOST: &str = "9223372036854775807";

/// Manifests and commands (`MOST` stands for the number), and what must be printed in the end.
const CASES: &[(&str, &str, &str)] = &[
    (
        r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "two"}, "spec": {"containers": [
            {"name": "a", "image": "nginx", "resources": {"requests": {"memory": "MOST", "cpu": "MOST", "example.com/x": "MOST"}, "limits": {"example.com/x": "MOST"}}},
            {"name": "b", "image": "nginx", "resources": {"requests": {"memory": "4", "cpu": "MOST", "example.com/x": "MOST"}, "limits": {"example.com/x": "MOST"}}}],
            "initContainers": [{"name": "c", "image": "nginx", "restartPolicy": "Always", "resources": {"requests": {"memory": "MOST"}}},
                {"name": "d", "image": "nginx", "resources": {"requests": {"memory": "MOST", "ephemeral-storage": "MOST"}}}]}}"#,
        "sleep 30; kubectl why pod/two > /dev/null; kubectl get pod two -o name",
        "pod/two",
    ),
    (
        r#"{"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"nodeName": "node-1", "containers": [{"name": "a", "image": "nginx", "resources": {"requests": {"memory": "MOST"}}}]}},
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}, "spec": {"nodeName": "node-1", "containers": [{"name": "a", "image": "nginx", "resources": {"requests": {"memory": "MOST"}}}]}},
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "plain"}, "spec": {"containers": [{"name": "a", "image": "nginx", "resources": {"requests": {"memory": "1"}}}]}}]}"#,
        "sleep 30; kubectl get pod plain",
        "Running",
    ),
    (
        r#"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 3, "progressDeadlineSeconds": 2147483646,
            "minReadySeconds": 2147483645, "revisionHistoryLimit": 2147483647, "selector": {"matchLabels": {"app": "web"}},
            "strategy": {"rollingUpdate": {"maxSurge": 2147483647, "maxUnavailable": 2147483647}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main", "image": "nginx"}]}}}}"#,
        "sleep 10; kubectl annotate rs --all --overwrite deployment.kubernetes.io/revision=MOST > /dev/null; \
            kubectl set image deployment/web main=nginx:1.26; sleep 10; kubectl get deployment web -o name",
        "deployment.apps/web",
    ),
    (
        r#"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
            "strategy": {"rollingUpdate": {"maxSurge": "MOST%", "maxUnavailable": "0%"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main", "image": "nginx"}]}}}}"#,
        "sleep 30; kubectl set image deployment/web main=nginx:1.26; kubectl scale deployment web --replicas=1; \
            kubectl annotate rs --all --overwrite deployment.kubernetes.io/revision=-9223372036854775808 \
            deployment.kubernetes.io/max-replicas=-2147483648 > /dev/null; sleep 9; kubectl get deployment web -o name",
        "deployment.apps/web",
    ),
    (
        r#"{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "job"}, "spec": {"completions": 2147483647, "parallelism": 2, "backoffLimit": 2147483647,
            "completionMode": "Indexed", "ttlSecondsAfterFinished": 2147483647, "activeDeadlineSeconds": MOST,
            "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "busybox", "command": ["sleep", "3"]}]}}}}"#,
        r#"sleep 2; kubectl annotate pods --all --overwrite batch.kubernetes.io/job-completion-index=2147483647 > /dev/null;
            kubectl patch job job --subresource=status -p '{"status": {"completedIndexes": "0-2147483646", "succeeded": 2147483647, "failed": 2147483647}}' > /dev/null
            sleep 20; kubectl get job job -o name"#,
        "job.batch/job",
    ),
    (
        r#"{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "job"}, "spec": {"parallelism": 1, "backoffLimit": 2147483647,
            "template": {"spec": {"restartPolicy": "OnFailure", "terminationGracePeriodSeconds": MOST, "containers": [{"name": "main", "image": "busybox", "command": ["false"]}]}}}}"#,
        r#"sleep 5; kubectl patch job job --subresource=status -p '{"status": {"succeeded": 2147483647, "failed": 2147483647}}' > /dev/null
            sleep 20; kubectl get job job -o name"#,
        "job.batch/job",
    ),
    (
        r#"{"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "cron"}, "spec": {"schedule": "* * * * *", "startingDeadlineSeconds": MOST,
            "successfulJobsHistoryLimit": 2147483647, "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "main", "image": "busybox", "command": ["true"]}]}}}}}}"#,
        "sleep 130; kubectl get cronjob cron -o name",
        "cronjob.batch/cron",
    ),
    (
        r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "slow"}, "spec": {"terminationGracePeriodSeconds": MOST, "activeDeadlineSeconds": 2147483647,
            "tolerations": [{"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": MOST}],
            "containers": [{"name": "main", "image": "nginx", "lifecycle": {"preStop": {"sleep": {"seconds": 9000000000000000000}}},
                "startupProbe": {"httpGet": {"path": "/", "port": 80}, "initialDelaySeconds": 2147483647, "periodSeconds": 2147483647, "timeoutSeconds": 2147483647, "failureThreshold": 2147483647},
                "env": [{"name": "X", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1Ei"}}}]}],
            "volumes": [{"name": "v", "emptyDir": {"medium": "Memory", "sizeLimit": "MOST"}}]}}"#,
        "sleep 5; kubectl taint node --all chaos=1:NoExecute > /dev/null; sleep 5; kubectl delete pod slow --wait=false; sleep 5; \
            kubectl taint node --all chaos- > /dev/null; kubectl delete pod slow --force --grace-period=0 2>&1; echo on",
        "on",
    ),
    (
        r#"{"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "most"}, "spec": {"maxUnavailable": 2147483647, "selector": {}}},
            {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "least"}, "spec": {"minAvailable": 2147483647, "selector": {}}},
            {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "quota"}, "spec": {"hard": {"pods": "MOST", "requests.memory": "MOST", "requests.cpu": "MOST", "limits.memory": "MOST"}}},
            {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "range"}, "spec": {"limits": [{"type": "Container", "max": {"memory": "MOST"}, "default": {"memory": "MOST"}, "defaultRequest": {"memory": "MOST", "cpu": "MOST"}, "maxLimitRequestRatio": {"memory": "MOST"}}, {"type": "Pod", "max": {"memory": "MOST"}}]}}]}"#,
        "sleep 3; kubectl run a --image=nginx; kubectl run b --image=nginx; kubectl create deployment c --image=nginx --replicas=3; sleep 20; \
            kubectl describe quota quota; kubectl delete pdb,quota,limitrange --all; kubectl get deployment c -o name",
        "deployment.apps/c",
    ),
    (
        r#"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main", "image": "nginx"}]}}}}"#,
        "sleep 5; kubectl scale deployment web --replicas=2000000000; sleep 5; kubectl scale deployment web --replicas=1; sleep 20; \
            kubectl get deployment web",
        "1/1",
    ),
    (
        r#"{"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": {"selector": {"matchLabels": {"app": "agent"}}, "minReadySeconds": 2147483647,
            "updateStrategy": {"rollingUpdate": {"maxUnavailable": 2147483647}},
            "template": {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": [{"name": "main", "image": "nginx"}]}}}}"#,
        "sleep 5; kubectl set image ds/agent main=nginx:1.26; sleep 9; kubectl get ds agent -o name",
        "daemonset.apps/agent",
    ),
    (
        r#"{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "giant"}}"#,
        r#"kubectl patch node giant --subresource=status -p '{"status": {"allocatable": {"cpu": "MOST", "memory": "MOST", "pods": "MOST", "example.com/x": "MOST"},
            "capacity": {"cpu": "MOST", "memory": "MOST", "pods": "MOST", "example.com/x": "MOST"},
            "images": [{"names": ["nginx:latest"], "sizeBytes": MOST}, {"names": ["busybox:latest"], "sizeBytes": MOST}]}}' > /dev/null
            kubectl run x --image=nginx --overrides='{"spec": {"containers": [{"name": "x", "image": "nginx"}, {"name": "y", "image": "busybox", "resources": {"requests": {"cpu": "1"}}}]}}'
            sleep 9; kubectl delete node giant; kubectl get pod x -o name"#,
        "pod/x",
    ),
];

#[test]
fn absurd_numbers_stop_nobody() {
    let mut faults = Vec::new();
    for (manifest, commands, wanted) in CASES {
        let mut player = Player::new(1, &Topology::built_in("reference").expect("a topology"), None);
        player.write_file("absurd.json", &manifest.replace("MOST", MOST));
        let applied = player.run("kubectl apply -f absurd.json");
        let got = player.run(&commands.replace("MOST", MOST));
        println!("{}{}{}{}", applied.stdout, applied.stderr, got.stdout, got.stderr);
        if !(got.stdout.ends_with(&format!("{wanted}\n")) || got.stdout.lines().last().is_some_and(|last| last.contains(wanted))) {
            faults.push(format!("{manifest}\n{}{}{}{}", applied.stdout, applied.stderr, got.stdout, got.stderr));
        }
        let after = player.run("echo alive");
        if !after.stdout.ends_with("alive\n") {
            faults.push(format!("{manifest}\n  left the shell dead: {after:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
