//! The REST edge: paths to handlers.

mod apply;
mod continuation;
mod delete;
mod discovery;
mod impersonation;
mod list;
mod managers;
mod patch;
mod path;
mod pod_streams;
mod render;
mod scale;
mod unserved;
mod watch;
mod write;

use super::{ApiServer, Method, Request, Response};
use crate::api::{Key, Kind, Status};
use path::{Resource, Route};

/// The largest request body. Models `MaxRequestBodyBytes` of the generic API server.
const BODY_LIMIT_BYTES: usize = 3 * 1024 * 1024;

/// What the server says to whoever still uses Endpoints.
const OLD_ENDPOINTS: &str = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";

/// Whether the answer is for a person's eyes. Models isPrettyPrint of `pkg/endpoints/handlers/negotiation`.
fn wants_pretty(request: &Request) -> bool {
    match request.query("pretty") {
        Some("") | None => {
            let agent = request.header("User-Agent").unwrap_or_default();
            ["curl", "Wget", "Mozilla/5.0"].iter().any(|start| agent.starts_with(start))
        }
        Some(_) => request.flag("pretty"),
    }
}

/// Whether a kind's objects can be deleted together.
pub(super) fn deletes_collections(kind: Kind) -> bool {
    kind != Kind::Namespace && kind != Kind::Binding
}

impl ApiServer {
    /// Answers a request.
    pub fn handle(&self, request: Request) -> Response {
        if request.body.len() > BODY_LIMIT_BYTES {
            let message = "Request entity too large: limit is 3145728";
            return Response::refusal(&Status::new(413, "RequestEntityTooLarge", message));
        }
        let mut response = self.dispatch(&request).unwrap_or_else(|status| Response::refusal(&status));
        if wants_pretty(&request) {
            response.make_pretty();
        }
        self.trace_request(&request, response.status);
        response
    }

    /// Records who asked for what. kubectl names its command in `Kubectl-Command`, as the real one does, and its `-o`.
    fn trace_request(&self, request: &Request, code: u16) {
        let Route::Resource(resource) = path::route(&request.path) else { return };
        let text = |text: Option<&str>| -> std::rc::Rc<str> { text.unwrap_or_default().into() };
        let verb = match (request.method, resource.subresource.as_deref()) {
            (_, Some("log")) => "logs",
            (_, Some(sub)) => sub,
            (Method::Get, _) => "get",
            (Method::Post, _) => "create",
            (Method::Put, _) => "replace",
            (Method::Patch, _) => "patch",
            (Method::Delete, _) => "delete",
        };
        let command = request.header("Kubectl-Command").map(|command| command.trim_start_matches("kubectl "));
        let kind = crate::sim::TraceKind::ApiRequest {
            command: command.unwrap_or(verb).into(),
            method: request.method.name(),
            resource: resource.kind.info().plural.into(),
            namespace: resource.namespace.as_str().into(),
            name: text(resource.name.as_deref()),
            output: text(request.header("Kubectl-Output")),
            container: text(request.query("container")),
            code,
        };
        self.sim().trace().record(self.sim().now(), &request.origin.actor, request.origin.cause, kind);
    }

    fn dispatch(&self, request: &Request) -> Result<Response, Status> {
        match path::route(&request.path) {
            Route::Resource(resource) => {
                impersonation::check(request, &resource)?;
                // Refused requests are told too.
                let response = self.resource(request, &resource).unwrap_or_else(|status| Response::refusal(&status));
                let old = resource.kind == Kind::Endpoints;
                Ok(if old { response.with_warnings(vec![OLD_ENDPOINTS.into()]) } else { response })
            }
            Route::Unserved(kind, name) => unserved::answer(self, request, kind, name),
            Route::Other(path) => discovery::answer(self, request, path),
        }
    }

    fn resource(&self, request: &Request, resource: &Resource) -> Result<Response, Status> {
        let kind = resource.kind;
        let key = Key::new(kind, &resource.namespace, resource.name.as_deref().unwrap_or_default());
        if let Some(sub) = resource.subresource.as_deref() {
            return self.subresource(request, &key, sub);
        }
        match (request.method, resource.name.is_some()) {
            (Method::Get, true) if request.flag("watch") => watch::answer(self, request, resource),
            (Method::Get, false) if request.flag("watch") || resource.watch => watch::answer(self, request, resource),
            (Method::Get, true) => self.get(&key).map(|object| render::object(self, request, 200, &object)),
            (Method::Get, false) => list::answer(self, request, resource),
            (Method::Post, false) if kind.info().namespaced && resource.namespace.is_empty() => Err(Status::method_not_allowed()),
            (Method::Post, false) => write::create(self, request, resource),
            (Method::Put, true) => write::update(self, request, &key, super::Subresource::None),
            (Method::Patch, true) => patch::answer(self, request, &key, super::Subresource::None),
            (Method::Delete, true) => delete::one(self, request, &key),
            // Namespaces and services go one by one.
            (Method::Delete, false) if resource.namespace.is_empty() && kind.info().namespaced => Err(Status::method_not_allowed()),
            (Method::Delete, false) if !deletes_collections(kind) => Err(Status::method_not_allowed()),
            (Method::Delete, false) => delete::collection(self, request, resource),
            _ => Err(Status::method_not_allowed()),
        }
    }

    fn subresource(&self, request: &Request, key: &Key, sub: &str) -> Result<Response, Status> {
        use super::Subresource;
        if !key.kind.info().subresources.contains(&sub) {
            return Err(Status::no_such_path());
        }
        let part = match sub {
            "status" => Some(Subresource::Status),
            "finalize" => Some(Subresource::Finalize),
            "ephemeralcontainers" => Some(Subresource::EphemeralContainers),
            "resize" => Some(Subresource::Resize),
            _ => None,
        };
        match (sub, part, request.method) {
            (_, Some(_), Method::Get) => self.get(key).map(|object| render::object(self, request, 200, &object)),
            (_, Some(part), Method::Put) => write::update(self, request, key, part),
            (_, Some(part), Method::Patch) => patch::answer(self, request, key, part),
            ("binding", _, Method::Post) => write::bind(self, request, key),
            ("eviction", _, Method::Post) => delete::evict(self, request, key),
            ("scale", _, _) => scale::answer(self, request, key),
            ("log", _, Method::Get) => pod_streams::log(self, request, key),
            ("exec", _, Method::Get | Method::Post) => pod_streams::exec(self, request, key),
            ("attach", _, Method::Get | Method::Post) => pod_streams::attach(self, request, key),
            ("portforward", _, Method::Get | Method::Post) => pod_streams::port_forward(self, request, key),
            _ => Err(Status::method_not_allowed()),
        }
    }
}
