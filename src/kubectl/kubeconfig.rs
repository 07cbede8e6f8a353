//! The kubeconfig: `~/.kube/config`, `$KUBECONFIG` or `--kubeconfig`. Models client-go/tools/clientcmd.

use super::error::Fail;
use super::manifest;
use super::printers::yaml;
use crate::process::{OpenOptions, ProcessContext, read_file};
use serde_json::{Map, Value, json};

/// How long a kubeconfig may be.
const SIZE_LIMIT: usize = 1 << 20;

/// The file as it is, and where it is.
#[derive(Clone, Debug)]
pub struct KubeConfig {
    pub path: String,
    pub value: Value,
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
    let token = ctx.vfs().read_file(&format!("{SERVICE_ACCOUNT}/token")).ok()?;
    let claims = base64_url(token.split(|byte| *byte == b'.').nth(1)?)?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims.get("sub")?.as_str().map(str::to_owned)
}

fn base64_url(text: &[u8]) -> Option<Vec<u8>> {
    let (mut word, mut bits, mut out) = (0u32, 0, Vec::new());
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        (word, bits) = (word << 6 | u32::from(value), bits + 6);
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits) as u8);
        }
    }
    Some(out)
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
pub async fn read_text(ctx: &ProcessContext, path: &str, limit: usize) -> Result<String, Fail> {
    let file = ctx.open_file(path, OpenOptions::READ).map_err(|e| Fail::Text(format!("open {path}: {}", errno_text(e))))?;
    let mut bytes = Vec::new();
    loop {
        let chunk = read_file(&file, 65_536).await.map_err(|e| Fail::Text(format!("read {path}: {}", errno_text(e))))?;
        if chunk.is_empty() || bytes.len() > limit {
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
    /// Reads the configuration; without a file it is that of a fresh workstation.
    pub async fn load(ctx: &ProcessContext, flag: &str) -> Result<KubeConfig, Fail> {
        let home = ctx.env("HOME").unwrap_or_else(|| "/root".into());
        let named = if flag.is_empty() {
            ctx.env("KUBECONFIG").and_then(|list| list.split(':').find(|p| !p.is_empty()).map(str::to_owned))
        } else {
            Some(flag.to_owned())
        };
        let path = ctx.resolve(&named.unwrap_or_else(|| format!("{home}/.kube/config")));
        let value = match read_text(ctx, &path, SIZE_LIMIT).await {
            Ok(text) => manifest::parse_yaml(&text)
                .map_err(|e| Fail::Text(format!("error loading config file \"{path}\": error converting YAML to JSON: {e}")))?,
            Err(_) if flag.is_empty() => in_cluster(ctx).unwrap_or_else(default_config),
            Err(e) => return Err(e),
        };
        let value = if value.is_object() { value } else { json!({ "apiVersion": "v1", "kind": "Config" }) };
        Ok(KubeConfig { path, value })
    }

    /// Writes it back.
    pub fn save(&self, ctx: &ProcessContext) -> Result<(), Fail> {
        let failed = |e: crate::process::Errno| Fail::Text(format!("open {}: {}", self.path, errno_text(e)));
        if let Some((folder, _)) = self.path.rsplit_once('/') {
            ctx.vfs().create_dir_all(folder).map_err(failed)?;
        }
        ctx.vfs().write_file(&self.path, yaml::to_yaml(&self.value).as_bytes(), ctx.now()).map_err(failed)
    }

    /// `current-context`.
    pub fn current(&self) -> &str {
        self.value.get("current-context").and_then(Value::as_str).unwrap_or_default()
    }

    /// The entry called `name` of `clusters`, `contexts` or `users`.
    pub fn entry(&self, list: &str, name: &str) -> Option<&Map<String, Value>> {
        let key = list.trim_end_matches('s');
        let found = self.names_and_values(list).find(|(n, _)| *n == name)?.1;
        found.get(key)?.as_object()
    }

    fn names_and_values<'a>(&'a self, list: &str) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        let items = self.value.get(list).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        items.iter().map(|item| (item.get("name").and_then(Value::as_str).unwrap_or_default(), item))
    }

    /// The names in `clusters`, `contexts` or `users`.
    pub fn names(&self, list: &str) -> Vec<String> {
        self.names_and_values(list).map(|(name, _)| name.to_owned()).collect()
    }

    /// The entry to change, made if it is not there.
    pub fn entry_mut(&mut self, list: &str, name: &str) -> Option<&mut Map<String, Value>> {
        let key = list.trim_end_matches('s').to_owned();
        let root = self.value.as_object_mut()?;
        let items = root.entry(list).or_insert_with(|| json!([]));
        if !items.is_array() {
            *items = json!([]);
        }
        let items = items.as_array_mut()?;
        if !items.iter().any(|item| item.get("name").and_then(Value::as_str) == Some(name)) {
            items.push(json!({ "name": name, key.clone(): {} }));
            items.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
        }
        let item = items.iter_mut().find(|item| item.get("name").and_then(Value::as_str) == Some(name))?.as_object_mut()?;
        let entry = item.entry(key).or_insert_with(|| json!({}));
        if !entry.is_object() {
            *entry = json!({});
        }
        entry.as_object_mut()
    }

    /// Removes an entry; false if there was none.
    pub fn remove(&mut self, list: &str, name: &str) -> bool {
        let Some(items) = self.value.get_mut(list).and_then(Value::as_array_mut) else { return false };
        let before = items.len();
        items.retain(|item| item.get("name").and_then(Value::as_str) != Some(name));
        items.len() < before
    }

    /// The namespace of the context called `context`, or `default`.
    pub fn namespace(&self, context: &str) -> String {
        let entry = self.entry("contexts", context);
        let namespace = entry.and_then(|c| c.get("namespace")).and_then(Value::as_str).unwrap_or_default();
        if namespace.is_empty() { "default".into() } else { namespace.into() }
    }
}
