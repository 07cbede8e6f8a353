//! The kubeconfig: `~/.kube/config`, the files of `$KUBECONFIG`, or `--kubeconfig`. Models client-go/tools/clientcmd.

pub mod tidy;

use super::error::Fail;
use super::manifest;
use super::printers::gofmt::json_name;
use super::printers::yaml;
use crate::api::base64;
use crate::process::{OpenOptions, ProcessContext, read_file};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// How much of a file is read.
pub const SIZE_LIMIT: usize = 1 << 20;

/// The three lists of a kubeconfig.
pub const LISTS: [&str; 3] = ["clusters", "contexts", "users"];

/// One file of the chain.
#[derive(Clone, Debug)]
struct File {
    path: String,
    value: Value,
}

/// The files merged, and where what is new is written.
#[derive(Clone, Debug)]
pub struct KubeConfig {
    /// The file for new entries, as it was named.
    pub path: String,
    pub value: Value,
    /// Those that there are, in their order.
    files: Vec<File>,
    /// Why not all could be read.
    pub problem: Option<Fail>,
    /// The problem is that the file which `--kubeconfig` names is not there.
    pub missing: bool,
}

/// The kubeconfig of a fresh workstation: one cluster, one user, one context.
pub fn default_config() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{
            "name": "playground",
            "cluster": { "certificate-authority-data": "UG9kZ3JvdW5k", "server": "https://127.0.0.1:6443" },
        }],
        "contexts": [{ "name": "playground", "context": { "cluster": "playground", "user": "admin" } }],
        "current-context": "playground",
        "users": [{ "name": "admin", "user": { "token": "podground" } }],
    })
}

/// Where a pod has its service account. Models client-go/rest.InClusterConfig.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Whom the service account token of the pod names, in which the program runs: the claim `sub`.
pub fn in_cluster_user(ctx: &ProcessContext) -> Option<String> {
    ctx.env("KUBERNETES_SERVICE_HOST")?;
    let token = String::from_utf8(ctx.vfs().read_file(&format!("{SERVICE_ACCOUNT}/token")).ok()?).ok()?;
    let claims = base64::decode_url(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims.get("sub")?.as_str().map(str::to_owned)
}

/// The configuration of a program in a pod, if it is in one.
fn in_cluster(ctx: &ProcessContext) -> Option<Value> {
    let host = ctx.env("KUBERNETES_SERVICE_HOST")?;
    let namespace = ctx.vfs().read_file(&format!("{SERVICE_ACCOUNT}/namespace")).ok()?;
    let context = json!({ "cluster": "default", "user": "default", "namespace": String::from_utf8_lossy(&namespace) });
    Some(json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "default", "cluster": { "server": format!("https://{host}:443") } }],
        "contexts": [{ "name": "default", "context": context }],
        "current-context": "default",
        "users": [{ "name": "default", "user": { "tokenFile": format!("{SERVICE_ACCOUNT}/token") } }],
    }))
}

/// Reads a file of the workstation.
pub async fn read_text(ctx: &ProcessContext, path: &str) -> Result<String, Fail> {
    let file = ctx.open_file(path, OpenOptions::READ).map_err(|e| Fail::Text(format!("open {path}: {}", errno_text(e))))?;
    let mut bytes = Vec::new();
    loop {
        let chunk = read_file(&file, 65_536).await.map_err(|e| Fail::Text(format!("read {path}: {}", errno_text(e))))?;
        if chunk.is_empty() || bytes.len() > SIZE_LIMIT {
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
        bytes.extend(chunk);
    }
}

/// An error number's words as Go prints them: in lower case.
pub fn errno_text(e: crate::process::Errno) -> String {
    e.to_string().to_lowercase()
}

impl KubeConfig {
    /// Reads the configuration. A file that is not there is an empty one; whether that is a fault is told by [`Self::problem`].
    pub async fn load(ctx: &ProcessContext, flag: &str) -> KubeConfig {
        let home = ctx.env("HOME").unwrap_or_else(|| "/root".into());
        let listed = ctx.env("KUBECONFIG").unwrap_or_default();
        let mut paths: Vec<String> = listed.split(':').filter(|path| !path.is_empty()).map(str::to_owned).collect();
        let from_environment = !paths.is_empty();
        if !flag.is_empty() {
            paths = vec![flag.to_owned()];
        } else if !from_environment {
            paths = vec![format!("{home}/.kube/config")];
        }
        let (mut files, mut problem, mut missing) = (Vec::new(), None, false);
        let mut seen = BTreeSet::new();
        for path in &paths {
            let there = ctx.vfs().metadata(&ctx.resolve(path), true, ctx.credentials()).is_ok();
            if !there && !flag.is_empty() {
                missing = true;
                problem = Some(Fail::Text(format!("stat {path}: no such file or directory")));
            }
            if !there || !seen.insert(path) {
                continue;
            }
            match read_one(ctx, path).await {
                Ok(value) => files.push(File { path: path.clone(), value: tidy::config(&value) }),
                Err(why) => problem = Some(Fail::Text(format!("error loading config file \"{path}\": {why}"))),
            }
        }
        let fallback = paths.last().cloned().unwrap_or_default();
        let path = files.first().map_or(fallback, |file| file.path.clone());
        let mut config = KubeConfig { path, value: Value::Null, files, problem, missing };
        config.value = config.merged();
        if config.files.is_empty()
            && config.problem.is_none()
            && let Some(value) = in_cluster(ctx)
        {
            config.value = value;
        }
        config
    }

    /// All files as one: the first that has an entry of a name, or a current context, wins. Models ClientConfigLoadingRules.Load.
    fn merged(&self) -> Value {
        let mut all = tidy::config(&Value::Null);
        for file in &self.files {
            for list in LISTS {
                for item in items(&file.value, list) {
                    if !items(&all, list).iter().any(|known| known["name"] == item["name"]) {
                        push_sorted(&mut all, list, item.clone());
                    }
                }
            }
            if all["current-context"] == "" {
                all["current-context"] = file.value["current-context"].clone();
            }
            if let Some(preferences) = file.value.get("preferences").filter(|_| all.get("preferences").is_none()) {
                all["preferences"] = preferences.clone();
            }
        }
        all
    }

    /// Writes what was changed: an entry to the file that has it, a new one to the first. Models clientcmd.ModifyConfig.
    pub fn save(&self, ctx: &ProcessContext) -> Result<(), Fail> {
        let (before, after) = (self.merged(), tidy::config(&self.value));
        let mut files = self.files.clone();
        let mut changed = BTreeSet::new();
        let home = |files: &mut Vec<File>, owns: &dyn Fn(&Value) -> bool| {
            let place = files.iter().position(|file| owns(&file.value)).or_else(|| files.iter().position(|f| f.path == self.path));
            place.unwrap_or_else(|| {
                files.push(File { path: self.path.clone(), value: tidy::config(&Value::Null) });
                files.len() - 1
            })
        };
        for list in LISTS {
            let (old, new) = (items(&before, list), items(&after, list));
            let names: BTreeSet<&str> = old.iter().chain(new).filter_map(|item| item["name"].as_str()).collect();
            for name in names {
                let of = |list: &[Value]| list.iter().find(|item| item["name"] == name).cloned();
                let (old, new) = (of(old), of(new));
                if old == new {
                    continue;
                }
                let at = home(&mut files, &|value| items(value, list).iter().any(|item| item["name"] == name));
                let Some(file) = files.get_mut(at) else { continue };
                if let Some(all) = file.value.get_mut(list).and_then(Value::as_array_mut) {
                    all.retain(|item| item["name"] != name);
                }
                if let Some(item) = new {
                    push_sorted(&mut file.value, list, item);
                }
                changed.insert(at);
            }
        }
        for key in ["current-context", "preferences"] {
            if before.get(key) != after.get(key) {
                let clears = after[key] == "";
                let at = home(&mut files, &|value| clears && value[key] != "");
                if let Some(file) = files.get_mut(at) {
                    file.value[key] = after[key].clone();
                    changed.insert(at);
                }
            }
        }
        changed.into_iter().filter_map(|at| files.get(at)).try_for_each(|file| write(ctx, file))
    }

    /// `current-context`.
    pub fn current(&self) -> &str {
        self.value.get("current-context").and_then(Value::as_str).unwrap_or_default()
    }

    /// The entry called `name` of `clusters`, `contexts` or `users`.
    pub fn entry(&self, list: &str, name: &str) -> Option<&Map<String, Value>> {
        items(&self.value, list).iter().find(|item| item["name"] == name)?.get(tidy::key(list))?.as_object()
    }

    /// The names in `clusters`, `contexts` or `users`.
    pub fn names(&self, list: &str) -> Vec<String> {
        items(&self.value, list).iter().filter_map(|item| item["name"].as_str()).map(str::to_owned).collect()
    }

    /// The entry to change, made if it is not there.
    pub fn entry_mut(&mut self, list: &str, name: &str) -> Option<&mut Map<String, Value>> {
        let key = tidy::key(list);
        if self.entry(list, name).is_none() {
            self.remove(list, name);
            push_sorted(&mut self.value, list, json!({ "name": name, key: {} }));
        }
        let all = self.value.get_mut(list)?.as_array_mut()?;
        all.iter_mut().find(|item| item["name"] == name)?.get_mut(key)?.as_object_mut()
    }

    /// Removes an entry; false if there was none.
    pub fn remove(&mut self, list: &str, name: &str) -> bool {
        let Some(items) = self.value.get_mut(list).and_then(Value::as_array_mut) else { return false };
        let before = items.len();
        items.retain(|item| item["name"] != name);
        items.len() < before
    }

    /// The namespace of the context called `context`, or `default`.
    pub fn namespace(&self, context: &str) -> String {
        let entry = self.entry("contexts", context);
        let namespace = entry.and_then(|c| c.get("namespace")).and_then(Value::as_str).unwrap_or_default();
        if namespace.is_empty() { "default".into() } else { namespace.into() }
    }

    /// The configuration as it is shown and written: lists that are empty are `null`.
    pub fn shown(value: &Value) -> Value {
        tidy::written(&tidy::config(value))
    }
}

fn items<'a>(value: &'a Value, list: &str) -> &'a [Value] {
    value.get(list).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn push_sorted(value: &mut Value, list: &str, item: Value) {
    if !value[list].is_array() {
        value[list] = json!([]);
    }
    if let Some(all) = value[list].as_array_mut() {
        all.push(item);
        all.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    }
}

async fn read_one(ctx: &ProcessContext, path: &str) -> Result<Value, String> {
    let text = read_text(ctx, path).await.map_err(|e| e.message())?;
    let value = manifest::parse_yaml(&text)?;
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    match &value {
        Value::Object(_) if matches!(kind, "" | "Config") => Ok(value),
        Value::Object(_) => {
            let version = value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
            Err(format!(
                "no kind \"{kind}\" is registered for version \"{version}\" in scheme \"k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50\""
            ))
        }
        Value::Null => Ok(value),
        other => Err(format!(
            "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}",
            json_name(other)
        )),
    }
}

fn write(ctx: &ProcessContext, file: &File) -> Result<(), Fail> {
    let failed = |e: crate::process::Errno| Fail::Text(format!("open {}: {}", file.path, errno_text(e)));
    let path = ctx.resolve(&file.path);
    if let Some((folder, _)) = path.rsplit_once('/') {
        ctx.vfs().create_dir_all(folder).map_err(failed)?;
    }
    ctx.vfs().write_file(&path, yaml::to_yaml(&tidy::written(&file.value)).as_bytes(), ctx.now()).map_err(failed)
}
