//! Who asks, and what he may do. Podground has no authorization: `admin`, in `system:masters`, may do all, and those whom
//! he speaks for (`kubectl --as`) nothing. Models the answers of `authorization.k8s.io` and `authentication.k8s.io`.

use podground::api::Status;
use podground::apiserver::{Method, Request, Response};
use serde_json::{Value, json};

const ADMIN: &str = "admin";
const MASTERS: &str = "system:masters";

/// Who a request is from, as its `Impersonate-…` headers say: a name and groups.
fn user(asked: &Request) -> (String, Vec<String>) {
    let Some(name) = asked.header("Impersonate-User").filter(|name| *name != ADMIN) else {
        return (ADMIN.into(), vec![MASTERS.into(), "system:authenticated".into()]);
    };
    let mut groups: Vec<String> = asked
        .headers
        .iter()
        .filter(|(header, _)| header.eq_ignore_ascii_case("Impersonate-Group"))
        .map(|(_, group)| group.clone())
        .collect();
    groups.push(if name == "system:anonymous" { "system:unauthenticated".into() } else { "system:authenticated".into() });
    (name.to_owned(), groups)
}

/// The answer to a review, or a refusal; `None`: the request goes on to the API.
pub fn answer(asked: &Request, now: jiff::Timestamp) -> Option<Response> {
    let (name, groups) = user(asked);
    let allowed = groups.iter().any(|group| group == MASTERS);
    let parts: Vec<&str> = asked.path.split('/').filter(|part| !part.is_empty()).collect();
    match (asked.method, parts.as_slice()) {
        (Method::Post, ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"]) => {
            if name == "system:anonymous" {
                return Some(forbidden(&name, "create", "selfsubjectaccessreviews", "authorization.k8s.io", ""));
            }
            Some(review(asked, None, json!({ "allowed": allowed })))
        }
        (Method::Post, ["apis", "authorization.k8s.io", "v1", "selfsubjectrulesreviews"]) => Some(review(asked, None, rules(allowed))),
        (Method::Post, ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"]) => {
            let mut info = json!({ "username": name, "groups": groups });
            if name == ADMIN {
                info["uid"] = json!(ADMIN);
            }
            let metadata = json!({ "creationTimestamp": format!("{now:.0}") });
            Some(review(asked, Some(metadata), json!({ "userInfo": info })))
        }
        (_, ["api" | "apis" | "openapi" | "version" | "healthz" | "livez" | "readyz", ..]) if !allowed => refused(asked, &name, &parts),
        _ => None,
    }
}

/// What everybody may do who has a name, and the admin all. Models the roles that a fresh cluster binds to all users:
/// `system:basic-user`, `system:discovery`, `system:public-info-viewer`.
fn rules(all: bool) -> Value {
    let own = |group: &str, resource: &str| json!({ "verbs": ["create"], "apiGroups": [group], "resources": [resource] });
    let public = ["/healthz", "/livez", "/readyz", "/version", "/version/"];
    let discovery = [&["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"][..], &public].concat();
    let mut resources = vec![
        own("authorization.k8s.io", "selfsubjectaccessreviews"),
        own("authorization.k8s.io", "selfsubjectrulesreviews"),
        own("authentication.k8s.io", "selfsubjectreviews"),
    ];
    let mut others =
        vec![json!({ "verbs": ["get"], "nonResourceURLs": discovery }), json!({ "verbs": ["get"], "nonResourceURLs": public })];
    if all {
        resources.push(json!({ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] }));
        others.push(json!({ "verbs": ["*"], "nonResourceURLs": ["*"] }));
    }
    json!({ "resourceRules": resources, "nonResourceRules": others, "incomplete": false })
}

/// What was asked, with what it was asked for.
fn review(asked: &Request, metadata: Option<Value>, status: Value) -> Response {
    let mut value: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
    if !value.is_object() {
        value = json!({});
    }
    if let Some(metadata) = metadata {
        value["metadata"] = metadata;
    }
    value["status"] = status;
    Response::json(201, &value)
}

/// Refuses a request for resources; discovery is for everybody who has a name.
fn refused(asked: &Request, name: &str, parts: &[&str]) -> Option<Response> {
    let (group, rest) = match parts {
        ["api", _, rest @ ..] => ("", rest),
        ["apis", group, _, rest @ ..] => (*group, rest),
        _ => return None,
    };
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
        rest => ("", rest),
    };
    let (resource, rest) = rest.split_first()?;
    let named = !rest.is_empty();
    let verb = match asked.method {
        Method::Get if asked.flag("watch") => "watch",
        Method::Get if named => "get",
        Method::Get => "list",
        Method::Post => "create",
        Method::Put => "update",
        Method::Patch => "patch",
        Method::Delete if named => "delete",
        Method::Delete => "deletecollection",
    };
    let resource = rest.get(1).map_or_else(|| (*resource).to_owned(), |sub| format!("{resource}/{sub}"));
    let mut response = forbidden(name, verb, &resource, group, namespace);
    if let Some(object) = rest.first() {
        let whole = if group.is_empty() { resource.clone() } else { format!("{resource}.{group}") };
        let why = sentence(name, verb, &resource, group, namespace);
        response = Response::refusal(&Status::new(403, "Forbidden", format!("{whole} \"{object}\" is forbidden: {why}")));
    }
    Some(response)
}

fn sentence(name: &str, verb: &str, resource: &str, group: &str, namespace: &str) -> String {
    let place = if namespace.is_empty() { "at the cluster scope".to_owned() } else { format!("in the namespace \"{namespace}\"") };
    format!("User \"{name}\" cannot {verb} resource \"{resource}\" in API group \"{group}\" {place}")
}

fn forbidden(name: &str, verb: &str, resource: &str, group: &str, namespace: &str) -> Response {
    let whole = if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") };
    let why = sentence(name, verb, resource, group, namespace);
    Response::refusal(&Status::new(403, "Forbidden", format!("{whole} is forbidden: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use podground::apiserver::{Body, Origin};

    fn ask(method: Method, path: &str, user: &str) -> Option<(u16, String)> {
        let request = Request::new(method, path, Origin::new("test")).with_header("Impersonate-User", user);
        let response = answer(&request, jiff::Timestamp::UNIX_EPOCH)?;
        let Body::Full(bytes) = response.body else { return None };
        Some((response.status, String::from_utf8_lossy(&bytes).into_owned()))
    }

    #[test]
    fn the_admin_may_do_all_and_others_nothing() {
        let path = "/api/v1/namespaces/default/pods";
        assert_eq!(ask(Method::Get, path, "admin"), None);
        let (code, text) = ask(Method::Get, path, "jane").expect("refused");
        assert_eq!(code, 403);
        assert!(
            text.contains(
                r#"pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\""#
            )
        );
        let review = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        assert!(ask(Method::Post, review, "admin").expect("a review").1.contains("\"allowed\":true"));
        assert!(ask(Method::Post, review, "jane").expect("a review").1.contains("\"allowed\":false"));
        assert_eq!(ask(Method::Post, review, "system:anonymous").expect("refused").0, 403);
        assert_eq!(ask(Method::Get, "/api/v1", "jane"), None);
        let myself = ask(Method::Post, "/apis/authentication.k8s.io/v1/selfsubjectreviews", "jane").expect("a review").1;
        assert!(myself.contains(r#""creationTimestamp":"1970-01-01T00:00:00Z""#) && myself.contains(r#""username":"jane""#), "{myself}");
    }
}
