//! Why the API server refused what a controller wanted to create.

use k8s_openapi::api::core::v1::{Container, LimitRange, PodTemplateSpec};
use serde_json::Value;

use super::{Inquiry, say, short};
use crate::api::quantity::Quantity;
use crate::api::{Key, Kind};

/// What stands in `text` between `from` and `to` (or the end).
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    text.split(from).nth(1).and_then(|rest| rest.split(to).next()).unwrap_or_default().trim()
}

/// Whether both are the same amount, however written.
fn same_amount(one: &str, other: &str) -> bool {
    matches!((Quantity::parse(one), Quantity::parse(other)), (Ok(one), Ok(other)) if one.compare(&other).is_eq())
}

impl Inquiry<'_> {
    /// Tells of the last refusal that a controller reported in an event, unless something was created since.
    pub(super) fn refusal(&mut self, key: &Key) -> bool {
        let at = |event: &k8s_openapi::api::core::v1::Event| event.last_timestamp.as_ref().map(|time| time.0);
        let Some((event, message)) = self.last_event_words(key, "FailedCreate") else { return false };
        if self.last_event(key, "SuccessfulCreate").is_some_and(|created| at(&created) > at(&event)) {
            return false;
        }
        self.refused_by_server(key, message.trim_start_matches("Error creating job: ").trim_start_matches("Error creating: "));
        true
    }

    /// The API server refused to create what `key` controls, in these words.
    pub(super) fn refused_by_server(&mut self, key: &Key, message: &str) {
        match message {
            m if m.contains("exceeded quota: ") => self.over_quota(key, m),
            m if m.contains("failed quota: ") => self.quota_wants_resources(key, m),
            m if m.contains(" usage per ") || m.contains("limit to request ratio per ") => self.outside_limits(key, m),
            m if m.contains("violates PodSecurity ") => self.insecure(key, m),
            m if m.contains("because it is being terminated") => {
                let text = say(
                    "its namespace {0} is being deleted, and nothing new is made in it",
                    "네임스페이스 {0}이(가) 삭제되고 있어 새로 만들 수 없습니다",
                    &[&key.namespace],
                );
                self.because(key, "NamespaceTerminating", text);
                self.ask_key(&Key::new(Kind::Namespace, "", &key.namespace));
            }
            m => self.refused_for_a_name(key, m),
        }
    }

    /// A service account, priority class or runtime class that does not exist; or anything else.
    fn refused_for_a_name(&mut self, key: &Key, message: &str) {
        let (code, text, field) = match message {
            m if m.contains("serviceaccount") => (
                "MissingServiceAccount",
                say("there is no such service account: {0}", "그런 서비스 어카운트가 없습니다: {0}", &[m]),
                "serviceAccountName",
            ),
            m if m.contains("PriorityClass") => (
                "MissingPriorityClass",
                say("there is no such priority class: {0}", "그런 프라이어리티 클래스가 없습니다: {0}", &[m]),
                "priorityClassName",
            ),
            m if m.contains("RuntimeClass") => (
                "MissingRuntimeClass",
                say("there is no such runtime class: {0}", "그런 런타임 클래스가 없습니다: {0}", &[m]),
                "runtimeClassName",
            ),
            m => {
                let text = say("the API server refuses what it wants to create: {0}", "만들려는 것을 API 서버가 거절합니다: {0}", &[m]);
                ("FailedCreate", text, "")
            }
        };
        self.because(key, code, text);
        if field.is_empty() {
            self.at(key, "spec.template");
            return self.helps(say("correct the field", "그 필드를 고칩니다", &[]));
        }
        self.at(key, &format!("spec.template.spec.{field}"));
        self.helps(say("create it, or remove {0}", "만들거나 {0}을(를) 지웁니다", &[field]));
    }

    fn over_quota(&mut self, key: &Key, message: &str) {
        let name = between(message, "exceeded quota: ", ",");
        let text =
            say("the quota {0} of the namespace is used up: {1}", "네임스페이스의 쿼터 {0}을(를) 다 썼습니다: {1}", &[name, message]);
        self.because(key, "QuotaExceeded", text);
        let resource = between(message, "limited: ", "=");
        let (list, what) = resource.split_once('.').unwrap_or(("requests", resource));
        let status = self.json_of(key);
        let some_run = status.pointer("/status/replicas").and_then(Value::as_i64).unwrap_or(0) > 0;
        let computed = ["cpu", "memory", "ephemeral-storage"].contains(&what) && !some_run;
        let number = if key.kind == Kind::Job { "spec.parallelism" } else { "spec.replicas" };
        match (computed, key.kind) {
            // Not one fits: what each asks for is too much.
            (true, _) => self.at(key, &format!("spec.template.spec.containers[0].resources.{list}.{what}")),
            (false, Kind::DaemonSet) => self.at(key, "spec.template.spec"),
            (false, _) => self.at(key, number),
        }
        self.helps(say(
            "want fewer pods, request less, or raise the quota: `kubectl edit quota {1} -n {0}`",
            "파드 수나 요청량을 줄이거나 쿼터를 늘립니다: `kubectl edit quota {1} -n {0}`",
            &[&key.namespace, name],
        ));
    }

    fn quota_wants_resources(&mut self, key: &Key, message: &str) {
        let name = between(message, "failed quota: ", ":");
        let text = say(
            "the quota {0} wants every container to state its resources: {1}",
            "쿼터 {0}이(가) 모든 컨테이너에 자원을 적으라고 합니다: {1}",
            &[name, message],
        );
        self.because(key, "QuotaNeedsResources", text);
        // `must specify requests.memory for: main,other; limits.cpu for: main`
        let containers = between(message, " for: ", ";");
        let first = containers.split(',').next().unwrap_or_default();
        let index = self.template_containers(key).iter().position(|container| container.name == first).unwrap_or(0);
        self.at(key, &format!("spec.template.spec.containers[{index}].resources"));
        self.helps(say("give every container requests and limits", "모든 컨테이너에 requests와 limits를 적습니다", &[]));
        self.helps(say(
            "or let a LimitRange in {0} fill them in",
            "또는 네임스페이스 {0}에 LimitRange를 만들어 채우게 합니다",
            &[&key.namespace],
        ));
    }

    /// `maximum memory usage per Container is 512Mi, but limit is 1Gi`, and its like.
    fn outside_limits(&mut self, key: &Key, message: &str) {
        let rule = ["minimum ", "maximum "].iter().find_map(|word| message.split_once(word).map(|(_, rest)| rest));
        let rule = rule.unwrap_or_else(|| message.rsplit_once(": ").map_or(message, |(_, rest)| rest));
        let resource = rule.split(' ').next().unwrap_or_default();
        let bound = between(rule, " is ", ",").trim_end_matches('.');
        let ranges = self.client.list::<LimitRange>(Some(&key.namespace));
        let names: Vec<&str> = ranges.iter().filter_map(|range| range.metadata.name.as_deref()).collect();
        let text = say(
            "a LimitRange of the namespace ({0}) forbids it: {1}",
            "네임스페이스의 LimitRange({0})가 막습니다: {1}",
            &[&names.join(", "), message],
        );
        self.because(key, "LimitRange", text);
        let list = if rule.contains("but limit is") || rule.contains("No limit is") { "limits" } else { "requests" };
        let said = between(rule, if list == "limits" { "but limit is " } else { "but request is " }, ",").trim_end_matches('.');
        let containers = self.template_containers(key);
        let says = |container: &Container| {
            let resources = container.resources.as_ref();
            let amounts = resources.and_then(|all| if list == "limits" { all.limits.as_ref() } else { all.requests.as_ref() });
            amounts.and_then(|amounts| amounts.get(resource)).is_some_and(|amount| same_amount(&amount.0, said))
        };
        let index = containers.iter().position(says);
        let whole = format!("spec.template.spec.containers[{}].resources", index.unwrap_or(0));
        // What no container says, the LimitRange itself has filled in.
        self.at(key, &if index.is_some() { format!("{whole}.{list}.{resource}") } else { whole });
        let help = match rule {
            r if r.contains(" ratio per ") => say(
                "let the limit of {0} be at most {1} times the request",
                "{0}의 limit이 request의 {1}배를 넘지 않게 합니다",
                &[resource, bound],
            ),
            _ if message.contains("minimum ") => say("ask for at least {1} of {0}", "{0}을(를) {1} 이상으로 적습니다", &[resource, bound]),
            _ => say("ask for at most {1} of {0}", "{0}을(를) {1} 이하로 적습니다", &[resource, bound]),
        };
        self.helps(help);
        if let Some(name) = names.first() {
            self.helps(say(
                "or change the rule: `kubectl edit limitrange {0} -n {1}`",
                "또는 규칙을 바꿉니다: `kubectl edit limitrange {0} -n {1}`",
                &[name, &key.namespace],
            ));
        }
    }

    fn insecure(&mut self, key: &Key, message: &str) {
        let level = between(message, "violates PodSecurity \"", "\"");
        let text = say(
            "the namespace {0} is held to the pod security standard {1}: {2}",
            "네임스페이스 {0}은(는) 파드 보안 표준 {1}을 지켜야 합니다: {2}",
            &[&key.namespace, level, message],
        );
        self.because(key, "PodSecurity", text);
        let first = between(message, "(container \"", "\"");
        let index = self.template_containers(key).iter().position(|container| container.name == first);
        let path = index
            .map_or_else(|| "spec.template.spec".to_owned(), |index| format!("spec.template.spec.containers[{index}].securityContext"));
        self.at(key, &path);
        let (demand, ban) = (between(message, " must set ", ")"), between(message, " must not set ", ")"));
        if !demand.is_empty() {
            self.helps(say("set {0}", "{0}(으)로 적습니다", &[demand]));
        }
        if !ban.is_empty() {
            self.helps(say("do not set {0}", "{0}을(를) 지웁니다", &[ban]));
        }
        self.helps(say(
            "or loosen the namespace: `kubectl label ns {0} pod-security.kubernetes.io/enforce=privileged --overwrite`",
            "또는 네임스페이스의 기준을 낮춥니다: `kubectl label ns {0} pod-security.kubernetes.io/enforce=privileged --overwrite`",
            &[&key.namespace],
        ));
    }

    fn json_of(&self, key: &Key) -> Value {
        self.cluster.server().store().get(key).map(|object| object.to_json()).unwrap_or_default()
    }

    /// The containers that `key` makes pods with.
    fn template_containers(&self, key: &Key) -> Vec<Container> {
        let json = self.json_of(key);
        let template = json.pointer("/spec/template").or_else(|| json.pointer("/spec/jobTemplate/spec/template")).cloned();
        let template: Option<PodTemplateSpec> = template.and_then(|template| serde_json::from_value(template).ok());
        template.and_then(|template| template.spec).map(|spec| spec.containers).unwrap_or_default()
    }

    /// What in the namespace cannot be created for want of the quota `name`.
    pub(super) fn held_by_quota(&self, namespace: &str, name: &str) -> Vec<String> {
        let sets = self.client.list_kind(Kind::ReplicaSet, Some(namespace));
        let marked = format!("exceeded quota: {name},");
        let held = |object: &crate::api::Object| {
            let json = object.to_json();
            let all = json.pointer("/status/conditions").and_then(Value::as_array).cloned().unwrap_or_default();
            all.iter().any(|condition| condition["message"].as_str().is_some_and(|message| message.contains(&marked)))
        };
        sets.iter().filter(|set| held(set)).map(|set| short(&set.key())).collect()
    }
}
