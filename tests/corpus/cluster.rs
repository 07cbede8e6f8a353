//! A bare API server with what the recorded clusters had, and a kubectl beside it.
use podground::api::{Kind, Object};
use podground::apiserver::{ApiServer, Body, Method, Origin, Request, Response, WriteOptions};
use podground::client::Client;
use podground::kubectl;
use podground::network::Network;
use podground::process::vfs::Credentials;
use podground::process::{Cgroup, FileSystem, Kernel, Namespaces, Uts, Vfs, channel_sink, null};
use podground::sim::Sim;
use podground::sim::channel::{Receiver, unbounded};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// When the recorded objects were made.
pub const EPOCH: i64 = 1_795_219_200;

/// Stores an object as it is, past admission and validation.
pub fn put(server: &ApiServer, object: Value) {
    let api_version = object["apiVersion"].as_str().unwrap_or_default().to_string();
    let group = api_version.split_once('/').map(|(group, _)| group).unwrap_or_default();
    let kind = Kind::find(group, object["kind"].as_str().unwrap_or_default()).expect("a known kind");
    let mut object = Object::from_json(kind, object).expect("an object");
    let meta = object.meta_mut();
    meta.uid.get_or_insert_with(|| server.sim().rng().uuid());
    meta.creation_timestamp.get_or_insert_with(|| server.api_time());
    server.store().create(&Origin::new("corpora"), object).expect("a new object");
}

/// `${now-20s}` and its like as times.
pub fn times(text: &str, server: &ApiServer) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (inside, behind) = after.split_once('}').expect("a macro's end");
        out.push_str(before);
        let seconds: i64 = inside.split('-').nth(1).and_then(|ago| ago.trim_end_matches('s').parse().ok()).unwrap_or(0);
        let then = server.api_time().0 - jiff::SignedDuration::from_secs(seconds);
        out.push_str(&match inside.split(['-', ':']).next() {
            Some("nowmicro") => then.strftime("%Y-%m-%dT%H:%M:%S.000000Z").to_string(),
            Some("microtime") => then.strftime("%Y-%m-%dT%H:%M:%S.000000Z").to_string(),
            Some("rfc1123z") => then.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string(),
            _ => then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        });
        rest = behind;
    }
    out + rest
}

fn namespace(server: &ApiServer, name: &str, labels: Value, phase: &str) {
    let metadata = json!({"name": name, "labels": labels});
    let (spec, status) = (json!({"finalizers": ["kubernetes"]}), json!({"phase": phase}));
    put(server, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata, "spec": spec, "status": status}));
    put(server, json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}}));
}

/// A server with the namespaces that every cluster has.
pub fn plain(namespaces: &[&str]) -> ApiServer {
    let server = ApiServer::new(&Sim::new(1, EPOCH));
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"].iter().chain(namespaces) {
        namespace(&server, name, json!({"kubernetes.io/metadata.name": name}), "Active");
    }
    for (name, value) in [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)] {
        put(&server, priority_class(name, value));
    }
    server
}

fn priority_class(name: &str, value: i64) -> Value {
    json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": value,
        "preemptionPolicy": "PreemptLowerPriority"})
}

/// The cluster on which creates were recorded.
pub fn recorded() -> ApiServer {
    let server = plain(&["existing", "limits", "quota"]);
    let psa = |mode: &str| format!("pod-security.kubernetes.io/{mode}");
    namespace(&server, "psa-baseline", json!({psa("enforce"): "baseline", psa("warn"): "restricted"}), "Active");
    namespace(&server, "psa-restricted", json!({psa("enforce"): "restricted", psa("warn"): "restricted"}), "Active");
    namespace(&server, "ending", json!({}), "Terminating");
    put(&server, priority_class("high", 1000));
    put(&server, json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "builder", "namespace": "default"}}));
    let by = Origin::new("corpora");
    for object in existing() {
        let api_version = object["apiVersion"].as_str().unwrap_or_default().to_string();
        let group = api_version.split_once('/').map(|(group, _)| group).unwrap_or_default();
        let kind = Kind::find(group, object["kind"].as_str().unwrap_or_default()).expect("a known kind");
        let object = Object::from_json(kind, object).expect("an object");
        server.create(&by, object, WriteOptions::default()).expect("a new object");
    }
    let limits = json!([
        {"type": "Container", "default": {"cpu": "500m", "memory": "256Mi"}, "defaultRequest": {"cpu": "100m", "memory": "128Mi"},
            "max": {"cpu": "2", "memory": "1Gi"}},
        {"type": "Pod", "max": {"memory": "1536Mi"}}
    ]);
    put(
        &server,
        json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "lr", "namespace": "limits"}, "spec": {"limits": limits}}),
    );
    let hard = json!({"requests.cpu": "1", "limits.memory": "1Gi", "services.nodeports": "0"});
    let used = json!({"requests.cpu": "0", "limits.memory": "0", "services.nodeports": "0"});
    put(
        &server,
        json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "rq", "namespace": "quota"},
            "spec": {"hard": hard}, "status": {"hard": hard, "used": used}}),
    );
    server
}

fn existing() -> Vec<Value> {
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}});
    let meta = json!({"name": "existing", "namespace": "default"});
    vec![
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "existing"}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"clusterIP": "10.96.0.77", "ports": [{"port": 80, "protocol": "TCP"}]}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta}),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta,
            "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template}}),
    ]
}

/// What a request was answered.
pub struct Answer {
    pub code: u16,
    pub text: String,
    pub warnings: Vec<String>,
}

/// Sends a request as REST does.
pub fn ask(server: &ApiServer, method: Method, path: &str, body: Option<(&str, &str)>, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::new(method, path, Origin::new("corpora"));
    for (name, value) in headers {
        request = request.with_header(name, *value);
    }
    if let Some((content_type, body)) = body {
        request = request.with_body(content_type, body.as_bytes().to_vec());
    }
    let response: Response = server.handle(request);
    let warnings = response.headers.iter().filter(|(name, _)| name == "Warning");
    let unquote =
        |value: &str| value.trim_start_matches("299 - \"").strip_suffix('"').unwrap_or(value).replace("\\\"", "\"").replace("\\\\", "\\");
    let warnings = warnings.map(|(_, value)| unquote(value)).collect();
    let text = match response.body {
        Body::Full(body) => String::from_utf8_lossy(&body).into_owned(),
        _ => String::new(),
    };
    Answer { code: response.status, text, warnings }
}

/// What differs between our answer and the recorded one, in which `<…>` stands for any value and `xxxxx` for five
/// letters of a generated name.
pub fn difference(ours: &Value, theirs: &Value, path: &str) -> Option<String> {
    match (ours, theirs) {
        (Value::Object(left), Value::Object(right)) => {
            let volatile = |key: &str| path.ends_with("metadata") && VOLATILE.contains(&key);
            let keys = left.keys().chain(right.keys()).filter(|key| !(volatile(key) || path == ".details" && *key == "uid"));
            let absent = Value::String("(absent)".into());
            let mut found = keys.filter_map(|key| {
                difference(left.get(key).unwrap_or(&absent), right.get(key).unwrap_or(&absent), &format!("{path}.{key}"))
            });
            found.next()
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            let mut pairs = left.iter().zip(right).enumerate();
            pairs.find_map(|(index, (left, right))| difference(left, right, &format!("{path}[{index}]")))
        }
        (ours, Value::String(right)) if matches!(right.as_str(), "<allocated>" | "<time>" | "<uid>" | "<rv>") && !ours.is_null() => None,
        (Value::String(left), Value::String(right)) if alike(left, right) => None,
        _ => (ours != theirs).then(|| format!("{path}: {ours} instead of {theirs}")),
    }
}

const VOLATILE: &[&str] = &["uid", "resourceVersion", "creationTimestamp", "managedFields"];

/// Whether `right` is `left` with generated suffixes as `xxxxx`, and uids as `<uid>`.
fn alike(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    if let (Some((before, after)), true) = (right.split_once("<uid>"), left.len() >= 36) {
        return left.strip_prefix(before).and_then(|rest| rest.get(36..)).is_some_and(|rest| alike(rest, after));
    }
    let masked = right.match_indices("xxxxx").try_fold(left.to_string(), |mut masked, (at, suffix)| {
        masked.get(at..at + suffix.len())?;
        masked.replace_range(at..at + suffix.len(), suffix);
        Some(masked)
    });
    masked.is_some_and(|masked| masked == right)
}

/// kubectl on a computer of its own.
pub struct Desk {
    kernel: Kernel,
    namespaces: Namespaces,
    vfs: Vfs,
}

/// What a command printed.
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

const HOME: &str = "/home/learner";

impl Desk {
    pub fn new(server: &ApiServer) -> Desk {
        let sim = server.sim();
        let vfs = Vfs::new(FileSystem::new());
        for folder in ["/home", HOME, &format!("{HOME}/.kube"), "/usr", "/usr/bin", "/tmp"] {
            let _ = vfs.create_dir(folder, 0o777, sim.now(), Credentials::ROOT);
        }
        let config = kubectl::printers::yaml::to_yaml(&kubectl::default_config());
        vfs.write_file(&format!("{HOME}/.kube/config"), config.as_bytes(), sim.now()).expect("a kubeconfig");
        vfs.install("/usr/bin/kubectl", kubectl::program(&Client::new(server, "kubectl")), 1);
        let net = Network::new(sim.clone()).namespace("desk", "192.168.64.2".parse().ok(), None);
        let cgroup = Cgroup::new(None, None);
        let namespaces = Namespaces { mount: vfs.clone(), net, uts: Uts::new("desk"), ipc: 0, cgroup };
        Desk { kernel: Kernel::new(sim, "desk"), namespaces, vfs }
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = format!("{HOME}/{name}");
        self.vfs.write_file(&path, text.as_bytes(), self.kernel.sim().now()).expect("a file written");
    }

    /// Runs `kubectl` with these words.
    pub fn kubectl(&self, words: &[&str]) -> Ran {
        let (out, mut stdout) = unbounded();
        let (err, mut stderr) = unbounded();
        let fds = BTreeMap::from([(0, null()), (1, channel_sink(out)), (2, channel_sink(err))]);
        let argv: Vec<String> = std::iter::once("/usr/bin/kubectl").chain(words.iter().copied()).map(str::to_string).collect();
        let env = BTreeMap::from([("HOME".to_string(), HOME.to_string()), ("TZ".to_string(), "UTC".to_string())]);
        let child = self.kernel.spawn(self.namespaces.clone(), argv, env, HOME, Credentials::ROOT, fds, None).expect("kubectl");
        let sim = self.kernel.sim().clone();
        let status = loop {
            if let Some(status) = child.try_wait() {
                break status.code();
            }
            assert!(sim.step(1), "kubectl {words:?} waits for ever");
        };
        let drain = |receiver: &mut Receiver<Vec<u8>>| {
            let mut all = Vec::new();
            while let Some(bytes) = receiver.try_recv() {
                all.extend(bytes);
            }
            String::from_utf8_lossy(&all).into_owned()
        };
        Ran { stdout: drain(&mut stdout), stderr: drain(&mut stderr), code: status }
    }
}
