//! One invocation of kubectl: its flags, configuration and connection, and the helpers that every verb uses.

use super::error::Fail;
use super::flags::Parsed;
use super::kubeconfig::KubeConfig;
use super::rest::{self, Call, refusal, warnings};
use super::verb::{Verb, Words};
use crate::api::Kind;
use crate::client::{Body, Client, Response};
use crate::process::ProcessContext;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// One invocation.
pub struct Cmd {
    pub ctx: ProcessContext,
    pub client: Client,
    pub flags: Parsed,
    pub verb: &'static Verb,
    /// `kubectl create namespace`.
    pub path: String,
    manager: String,
    pub config: KubeConfig,
    seen_warnings: RefCell<BTreeSet<String>>,
}

/// How long a request is under way.
const ROUND_TRIP: std::time::Duration = std::time::Duration::from_millis(2);

/// An answer that was good: its JSON.
pub type Answer = Result<Value, Fail>;

impl Cmd {
    /// An invocation of `verb`.
    pub fn new(ctx: ProcessContext, client: Client, flags: Parsed, verb: &'static Verb, path: String, config: KubeConfig) -> Cmd {
        let manager = Some(flags.text("field-manager").to_owned()).filter(|named| !named.is_empty());
        let manager = manager.unwrap_or_else(|| super::verb::field_manager(&path));
        Cmd { ctx, client, flags, verb, path, manager, config, seen_warnings: RefCell::default() }
    }

    /// The arguments that are not flags.
    pub fn args(&self) -> &[String] {
        &self.flags.args
    }

    /// Who changes objects: `--field-manager`, or the verb.
    pub fn manager(&self) -> &str {
        &self.manager
    }

    /// The same of an apply on the server's side.
    pub fn apply_manager(&self) -> &str {
        if self.flags.text("field-manager").is_empty() { "kubectl" } else { &self.manager }
    }

    /// Writes to stdout.
    pub async fn print(&self, text: &str) {
        self.ctx.print(text).await;
    }

    /// Writes to stderr.
    pub async fn eprint(&self, text: &str) {
        self.ctx.eprint(text).await;
    }

    /// Refuses a line without flags that the verb needs. Models cobra's ValidateRequiredFlags.
    pub fn require(&self, flags: &[&str]) -> Result<(), Fail> {
        let missing: Vec<String> = flags.iter().filter(|flag| !self.flags.changed(flag)).map(|flag| format!("\"{flag}\"")).collect();
        if missing.is_empty() { Ok(()) } else { Err(Fail::Text(format!("required flag(s) {} not set", missing.join(", ")))) }
    }

    /// `TEXT\nSee 'kubectl VERB -h' for help and examples`.
    pub fn usage_error(&self, text: &str) -> Fail {
        Fail::Text(format!("{text}\nSee '{} -h' for help and examples", self.path))
    }

    /// The help on stdout, then the error alone; as `config` does it.
    pub async fn help_and_error(&self, text: &str) -> Fail {
        self.print(&self.verb.help(&self.path, &Words::load(&self.ctx))).await;
        Fail::Text(text.to_owned())
    }

    /// The help, and no error.
    pub async fn help_on_stdout(&self) -> Result<(), Fail> {
        self.print(&self.verb.help(&self.path, &Words::load(&self.ctx))).await;
        Ok(())
    }

    /// A verb that only holds others prints its help as an error.
    pub async fn help_on_stderr(&self) -> Result<(), Fail> {
        if !self.args().is_empty() {
            return Err(self.usage_error(&format!("unknown command \"{}\"", self.args().join(" "))));
        }
        let help = self.verb.help(&self.path, &Words::load(&self.ctx));
        if self.path == "kubectl rollout" {
            self.print(&help).await;
        } else {
            self.eprint(&help).await;
        }
        Err(Fail::Exit(1))
    }

    /// The context in use.
    pub fn context(&self) -> &str {
        if self.flags.changed("context") { self.flags.text("context") } else { self.config.current() }
    }

    /// The namespace in use, and whether `-n` said so.
    pub fn namespace(&self) -> (String, bool) {
        let flag = self.flags.text("namespace");
        if flag.is_empty() { (self.config.namespace(self.context()), false) } else { (flag.to_owned(), true) }
    }

    /// Checks that the context exists before anything is sent.
    pub fn check_context(&self) -> Result<(), Fail> {
        let named = self.context();
        if !named.is_empty() && self.config.entry("contexts", named).is_none() {
            return Err(Fail::Raw(format!("Error in configuration: context was not found for specified context: {named}"), 1));
        }
        let cluster = self.flags.text("cluster");
        if !cluster.is_empty() && self.config.entry("clusters", cluster).is_none() {
            return Err(Fail::Text(format!("no server found for cluster \"{cluster}\"")));
        }
        let user = self.flags.text("user");
        if !user.is_empty() && self.config.entry("users", user).is_none() {
            return Err(Fail::Text(format!("auth info \"{user}\" does not exist")));
        }
        if self.timeout().is_err() {
            return Err("Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)".into());
        }
        self.config.problem.clone().map_or_else(|| self.check_credentials(), Err)
    }

    /// `--request-timeout`, in milliseconds; without a unit it is in seconds.
    fn timeout(&self) -> Result<i64, String> {
        match self.flags.text("request-timeout") {
            "" => Ok(0),
            text => text.parse::<u32>().map_or_else(|_| super::flags::parse_duration(text), |seconds| Ok(i64::from(seconds) * 1000)),
        }
    }

    /// After how long an answer is cut off, if it is.
    pub fn request_timeout(&self) -> Option<std::time::Duration> {
        self.timeout()
            .ok()
            .and_then(|timeout| u64::try_from(timeout).ok())
            .filter(|timeout| *timeout > 0)
            .map(std::time::Duration::from_millis)
    }

    /// Sends a request; a refusal is an error. Warnings are printed, each once.
    pub async fn request(&self, call: Call) -> Result<Response, Fail> {
        self.check_context()?;
        let call = self.impersonating(call)?;
        if let Some(why) = self.unreachable().await {
            return Err(self.no_answer(why, &call).await);
        }
        let logged = (self.flags.int("v") >= 6).then(|| call.clone());
        if let Some(call) = &logged {
            self.log_request(call).await;
        }
        // The way to the server and back: other programs get to run before the answer.
        self.client.sim().sleep(ROUND_TRIP).await;
        let mut response = rest::send(&self.client, call).await;
        if let Some(call) = &logged {
            self.log_response(call, &response, ROUND_TRIP.as_millis()).await;
        }
        for warning in warnings(&response.headers) {
            if self.seen_warnings.borrow_mut().insert(warning.clone()) {
                self.eprint(&format!("Warning: {warning}\n")).await;
            }
        }
        if response.status >= 400 {
            let body = full_body(&mut response).await;
            self.log_body("Response Body", &body).await;
            return Err(refusal(response.status, &body));
        }
        Ok(response)
    }

    /// What `--warnings-as-errors` makes of the server's warnings.
    pub(super) fn warnings_as_errors(&self) -> Result<(), Fail> {
        match self.seen_warnings.borrow().len() {
            count if count == 0 || !self.flags.on("warnings-as-errors") => Ok(()),
            1 => Err("1 warning received".into()),
            count => Err(Fail::Text(format!("{count} warnings received"))),
        }
    }

    /// The request as whom `--as` and its like name.
    fn impersonating(&self, mut call: Call) -> Result<Call, Fail> {
        let (user, uid, groups) = (self.flags.text("as"), self.flags.text("as-uid"), self.flags.list("as-group"));
        if user.is_empty() {
            if groups.is_empty() && uid.is_empty() && self.extras().is_empty() {
                return Ok(call);
            }
            let context = self.config.entry("contexts", self.context());
            let user = context.and_then(|c| c.get("user")).and_then(Value::as_str).unwrap_or_default();
            return Err(Fail::Text(format!("requesting uid, groups or user-extra for {user} without impersonating a user")));
        }
        for (name, value) in [("Impersonate-User", user), ("Impersonate-Uid", uid)] {
            if !value.is_empty() {
                call = call.header(name, value);
            }
        }
        for (key, value) in self.extras() {
            call = call.header(&format!("Impersonate-Extra-{key}"), &value);
        }
        Ok(groups.iter().fold(call, |call, group| call.header("Impersonate-Group", group)))
    }

    /// Sends a request and reads its JSON.
    pub async fn json(&self, call: Call) -> Answer {
        let mut response = self.request(call).await?;
        let body = full_body(&mut response).await;
        self.log_body("Response Body", &body).await;
        serde_json::from_slice(&body).map_err(|e| Fail::Text(format!("unexpected answer of the server: {e}")))
    }

    /// Gets one object.
    pub async fn get(&self, kind: Kind, namespace: &str, name: &str) -> Answer {
        check_name(name)?;
        self.json(Call::new("GET", object_path(kind, namespace, name))).await
    }

    /// Lists objects; an empty namespace means all.
    pub async fn list(&self, kind: Kind, namespace: &str, labels: &str, fields: &str) -> Result<Vec<Value>, Fail> {
        let call = Call::new("GET", list_path(kind, namespace)).query("labelSelector", labels).query("fieldSelector", fields);
        let mut list = self.json(call).await.map_err(|e| unlisted(e, kind, labels, fields))?;
        let items = list.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
        let info = kind.info();
        Ok(items
            .into_iter()
            .map(|mut item| {
                // Items of a typed list do not say what they are.
                if let Some(map) = item.as_object_mut() {
                    map.insert("apiVersion".into(), json!(info.api_version()));
                    map.insert("kind".into(), json!(info.kind));
                }
                item
            })
            .collect())
    }

    /// Creates an object and gives it back as the server made it.
    pub async fn create(&self, kind: Kind, namespace: &str, object: &Value, query: &[(&str, &str)]) -> Answer {
        let call = query.iter().fold(Call::new("POST", list_path(kind, namespace)), |call, (k, v)| call.query(k, v));
        self.json(call.json(object)).await
    }

    /// Replaces an object.
    pub async fn update(&self, kind: Kind, subresource: &str, object: &Value, query: &[(&str, &str)]) -> Answer {
        let mut path = object_path(kind, &text(object, &["metadata", "namespace"]), &text(object, &["metadata", "name"]));
        if !subresource.is_empty() {
            path = format!("{path}/{subresource}");
        }
        let call = query.iter().fold(Call::new("PUT", path), |call, (k, v)| call.query(k, v));
        self.json(call.json(object)).await
    }

    /// Patches an object. `patch_type` is `strategic-merge-patch+json` and the like.
    pub async fn patch(&self, path: &str, patch_type: &str, patch: &Value, query: &[(&str, &str)]) -> Answer {
        let call = query.iter().fold(Call::new("PATCH", path), |call, (k, v)| call.query(k, v));
        self.json(call.body(&format!("application/{patch_type}"), crate::api::go_order::to_vec_sorted(patch))).await
    }
}

/// Says what was looked for when the server could not look. Models cli-runtime's Selector.Visit.
pub fn unlisted(fail: Fail, kind: Kind, labels: &str, fields: &str) -> Fail {
    use super::printers::gofmt::quote;
    match fail {
        Fail::Status(mut status) if matches!(status.reason.as_str(), "BadRequest" | "NotFound") => {
            let info = kind.info();
            let resource = quote(&format!("{}/{}, Resource={}", info.group, info.version, info.plural));
            status.message = if labels.is_empty() && fields.is_empty() {
                format!("Unable to list {resource}: {}", status.message)
            } else {
                let (labels, fields) = (quote(labels), quote(fields));
                format!("Unable to find {resource} that match label selector {labels}, field selector {fields}: {}", status.message)
            };
            Fail::Status(status)
        }
        other => other,
    }
}

/// The whole body; a stream is read to its end.
pub async fn full_body(response: &mut Response) -> Vec<u8> {
    match &mut response.body {
        Body::Full(bytes) => std::mem::take(bytes),
        Body::Stream(receiver) => {
            let mut all = Vec::new();
            while let Some(piece) = receiver.recv().await {
                all.extend(piece);
            }
            all
        }
        _ => Vec::new(),
    }
}

/// Refuses what cannot be a part of a path. Models client-go's IsValidPathSegmentName.
pub fn check_name(name: &str) -> Result<(), Fail> {
    if name.is_empty() {
        return Err("resource name may not be empty".into());
    }
    let mut faults = Vec::new();
    if name == "." || name == ".." {
        faults.push(format!("may not be '{name}'"));
    }
    faults.extend(["/", "%"].into_iter().filter(|c| name.contains(*c)).map(|c| format!("may not contain '{c}'")));
    if faults.is_empty() {
        return Ok(());
    }
    Err(Fail::Text(format!("invalid resource name {}: [{}]", super::printers::gofmt::quote(name), faults.join(" "))))
}

/// `/api/v1/namespaces/default/pods`; without a namespace that of all or of a cluster-wide kind.
pub fn list_path(kind: Kind, namespace: &str) -> String {
    let info = kind.info();
    let root = if info.group.is_empty() { format!("/api/{}", info.version) } else { format!("/apis/{}/{}", info.group, info.version) };
    if info.namespaced && !namespace.is_empty() {
        format!("{root}/namespaces/{namespace}/{}", info.plural)
    } else {
        format!("{root}/{}", info.plural)
    }
}

/// The path of one object.
pub fn object_path(kind: Kind, namespace: &str, name: &str) -> String {
    format!("{}/{name}", list_path(kind, namespace))
}

/// The string at a path of keys, or nothing.
pub fn text(value: &Value, path: &[&str]) -> String {
    at(value, path).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The value at a path of keys.
pub fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |v, key| v.get(*key))
}

/// The list at a path of keys; empty where there is none.
pub fn items<'a>(value: &'a Value, path: &[&str]) -> &'a [Value] {
    at(value, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The whole number at a path of keys.
pub fn int(value: &Value, path: &[&str]) -> i64 {
    at(value, path).and_then(Value::as_i64).unwrap_or(0)
}

/// The place at a path of keys, made of objects where it does not exist.
pub fn at_mut<'a>(value: &'a mut Value, path: &[&str]) -> &'a mut Value {
    path.iter().fold(value, |v, key| {
        if !v.is_object() {
            *v = json!({});
        }
        &mut v[*key]
    })
}

/// `pod/web`, `deployment.apps/web`: how objects are named in answers.
pub fn resource_name(kind: Kind, name: &str) -> String {
    format!("{}/{name}", qualified(kind))
}

/// `pod`, `deployment.apps`.
pub fn qualified(kind: Kind) -> String {
    let info = kind.info();
    if info.group.is_empty() { info.singular.to_owned() } else { format!("{}.{}", info.singular, info.group) }
}
