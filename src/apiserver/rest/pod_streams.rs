//! Logs, exec, attach and port-forward: handed over to the node's kubelet. Models `pkg/registry/core/pod/rest`.

use std::rc::Rc;

use k8s_openapi::api::core::v1::Pod;

use super::{ApiServer, Request, Response};
use crate::api::{Key, Kind, Object, Status};
use crate::apiserver::{Body, LogOptions, NodeApi};

/// A pod, its node's kubelet where that can be reached, and the node's name.
type Place = (Rc<Pod>, Option<Rc<dyn NodeApi>>, String);

fn pod_and_node(server: &ApiServer, key: &Key) -> Result<Place, Status> {
    let Object::Pod(pod) = server.get(key)? else { return Err(Status::no_such_path()) };
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone()).unwrap_or_default();
    let api = server.node(&node);
    Ok((pod, api, node))
}

fn container_names(pod: &Pod, every: bool) -> Vec<String> {
    let Some(spec) = pod.spec.as_ref() else { return Vec::new() };
    let mut names: Vec<String> = spec.containers.iter().map(|c| c.name.clone()).collect();
    if every {
        names.extend(spec.init_containers.iter().flatten().map(|c| c.name.clone()));
        names.extend(spec.ephemeral_containers.iter().flatten().map(|c| c.name.clone()));
    }
    names
}

/// The container that is asked for, or the only one.
fn container(pod: &Pod, asked: Option<&str>) -> Result<String, Status> {
    let name = pod.metadata.name.clone().unwrap_or_default();
    let asked = asked.unwrap_or_default();
    if !asked.is_empty() {
        if container_names(pod, true).iter().any(|container| container == asked) {
            return Ok(asked.to_owned());
        }
        return Err(Status::bad_request(format!("container {asked} is not valid for pod {name}")));
    }
    match container_names(pod, false).as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Status::bad_request(format!("a container name must be specified for pod {name}"))),
        several => {
            let init: Vec<String> = pod.spec.iter().flat_map(|s| s.init_containers.iter().flatten()).map(|c| c.name.clone()).collect();
            let mut message = format!("a container name must be specified for pod {name}, choose one of: [{}]", several.join(" "));
            if !init.is_empty() {
                message = format!("{message} or one of the init containers: [{}]", init.join(" "));
            }
            Err(Status::bad_request(message))
        }
    }
}

fn unreachable(server: &ApiServer, node: &str) -> Status {
    if server.get(&Key::new(Kind::Node, "", node)).is_err() {
        // Upstream names the pod's resource, with the node's name.
        return Status::not_found(Kind::Pod, node);
    }
    Status::internal(format!("error dialing backend: dial tcp: lookup {node}: no such host"))
}

/// `GET …/pods/x/log`
pub(super) fn log(server: &ApiServer, request: &Request, key: &Key) -> Result<Response, Status> {
    let (pod, api, node) = pod_and_node(server, key)?;
    let container = container(&pod, request.query("container"))?;
    let number = |name: &str| request.query(name).and_then(|text| text.parse::<i64>().ok());
    let options = LogOptions {
        follow: request.flag("follow"),
        previous: request.flag("previous"),
        tail_lines: number("tailLines"),
        since_seconds: number("sinceSeconds"),
        since_time: request.query("sinceTime").map(str::to_owned),
        timestamps: request.flag("timestamps"),
        limit_bytes: number("limitBytes"),
    };
    if node.is_empty() {
        // Not assigned yet: the log is empty, as upstream's LogLocation says.
        return Ok(Response::text(200, ""));
    }
    let api = api.ok_or_else(|| unreachable(server, &node))?;
    Ok(Response::stream("text/plain", api.logs(&pod, &container, options)?))
}

/// `POST …/pods/x/exec`
pub(super) fn exec(server: &ApiServer, request: &Request, key: &Key) -> Result<Response, Status> {
    let (pod, api, node) = pod_and_node(server, key)?;
    let container = container(&pod, request.query("container"))?;
    let command: Vec<String> = request.query.iter().filter(|(name, _)| name == "command").map(|(_, value)| value.clone()).collect();
    if command.is_empty() {
        return Err(Status::bad_request("you must specify at least one command for the container"));
    }
    if node.is_empty() {
        return Err(Status::bad_request(format!("pod {} does not have a host assigned", key.name)));
    }
    let api = api.ok_or_else(|| unreachable(server, &node))?;
    let stream =
        api.exec(&pod, &container, command, request.flag("stdin"), request.flag("stdout"), request.flag("stderr"), request.flag("tty"))?;
    Ok(Response { status: 101, headers: Vec::new(), body: Body::Exec(stream) })
}

/// `POST …/pods/x/attach`
pub(super) fn attach(server: &ApiServer, request: &Request, key: &Key) -> Result<Response, Status> {
    let (pod, api, node) = pod_and_node(server, key)?;
    let container = container(&pod, request.query("container"))?;
    if node.is_empty() {
        return Err(Status::bad_request(format!("pod {} does not have a host assigned", key.name)));
    }
    let api = api.ok_or_else(|| unreachable(server, &node))?;
    let stream = api.attach(&pod, &container, request.flag("stdin"), request.flag("tty"))?;
    Ok(Response { status: 101, headers: Vec::new(), body: Body::Exec(stream) })
}

/// `POST …/pods/x/portforward?ports=N`: one connection a request.
pub(super) fn port_forward(server: &ApiServer, request: &Request, key: &Key) -> Result<Response, Status> {
    let (pod, api, node) = pod_and_node(server, key)?;
    let port = request.query("ports").or(request.query("port")).and_then(|text| text.parse::<u16>().ok());
    let port = port.filter(|port| *port > 0).ok_or_else(|| Status::bad_request("query parameter \"ports\" is required"))?;
    if node.is_empty() {
        return Err(Status::bad_request(format!("pod {} does not have a host assigned", key.name)));
    }
    let api = api.ok_or_else(|| unreachable(server, &node))?;
    Ok(Response { status: 101, headers: Vec::new(), body: Body::PortForward(api.port_forward(&pod, port)?) })
}
