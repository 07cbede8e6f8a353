//! The environment of a container. Models `makeEnvironmentVariables` of `pkg/kubelet/kubelet_pods.go`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, Container, EnvVar, Pod, Secret, Service};

use super::config::NodeConfig;
use super::downward;
use super::record::{namespace_of, spec_of};
use crate::client::Client;

/// Expands `$(NAME)`; `$$` is `$`, and what is not known stays as it is. Models `third_party/forked/golang/expansion`.
pub(super) fn expand(text: &str, known: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        if let Some(inner) = tail.strip_prefix('$') {
            out.push('$');
            rest = inner;
        } else if let Some((name, after)) = tail.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            match known.get(name) {
                Some(value) => out.push_str(value),
                None => out.push_str(&format!("$({name})")),
            }
            rest = after;
        } else {
            out.push('$');
            rest = tail;
        }
    }
    out.push_str(rest);
    out
}

/// Everything that values may come from.
pub(super) struct Sources<'a> {
    pub client: &'a Client,
    pub pod: &'a Pod,
    pub node: &'a NodeConfig,
    pub pod_ip: &'a str,
}

impl Sources<'_> {
    /// The container's own variables over those of services. The error is what stands in `CreateContainerConfigError`.
    pub fn environment(&self, container: &Container) -> Result<BTreeMap<String, String>, String> {
        let mut env = self.service_links();
        for source in container.env_from.iter().flatten() {
            let prefix = source.prefix.as_deref().unwrap_or_default();
            if let Some(reference) = &source.config_map_ref {
                let data = self.config_map(&reference.name, reference.optional == Some(true))?;
                env.extend(data.into_iter().map(|(key, value)| (format!("{prefix}{key}"), String::from_utf8_lossy(&value).into_owned())));
            }
            if let Some(reference) = &source.secret_ref {
                let data = self.secret(&reference.name, reference.optional == Some(true))?;
                env.extend(data.into_iter().map(|(key, value)| (format!("{prefix}{key}"), String::from_utf8_lossy(&value).into_owned())));
            }
        }
        for var in container.env.iter().flatten() {
            if let Some(value) = self.value(var, container, &env)? {
                env.insert(var.name.clone(), value);
            }
        }
        Ok(env)
    }

    fn value(&self, var: &EnvVar, container: &Container, env: &BTreeMap<String, String>) -> Result<Option<String>, String> {
        if let Some(value) = var.value.as_ref().filter(|value| !value.is_empty()) {
            return Ok(Some(expand(value, env)));
        }
        let Some(from) = &var.value_from else { return Ok(Some(String::new())) };
        if let Some(field) = &from.field_ref {
            return downward::field(self.pod, &field.field_path, self.node, self.pod_ip).map(Some);
        }
        if let Some(resource) = &from.resource_field_ref {
            return downward::resource(resource, container, self.node).map(Some);
        }
        let (key, optional, data, what, name) = match (&from.config_map_key_ref, &from.secret_key_ref) {
            (Some(r), _) => (&r.key, r.optional == Some(true), self.config_map(&r.name, r.optional == Some(true))?, "ConfigMap", &r.name),
            (_, Some(r)) => (&r.key, r.optional == Some(true), self.secret(&r.name, r.optional == Some(true))?, "Secret", &r.name),
            _ => return Ok(None),
        };
        match data.get(key) {
            Some(value) => Ok(Some(String::from_utf8_lossy(value).into_owned())),
            None if optional => Ok(None),
            None => Err(format!("couldn't find key {key} in {what} {}/{name}", namespace_of(self.pod))),
        }
    }

    /// A ConfigMap's data; empty where it is optional and missing.
    pub fn config_map(&self, name: &str, optional: bool) -> Result<BTreeMap<String, Vec<u8>>, String> {
        match self.client.get::<ConfigMap>(namespace_of(self.pod), name) {
            Some(map) => {
                let text = map.data.iter().flatten().map(|(key, value)| (key.clone(), value.clone().into_bytes()));
                let binary = map.binary_data.iter().flatten().map(|(key, value)| (key.clone(), value.0.clone()));
                Ok(text.chain(binary).collect())
            }
            None if optional => Ok(BTreeMap::new()),
            None => Err(format!("configmap \"{name}\" not found")),
        }
    }

    /// A Secret's data; empty where it is optional and missing.
    pub fn secret(&self, name: &str, optional: bool) -> Result<BTreeMap<String, Vec<u8>>, String> {
        match self.client.get::<Secret>(namespace_of(self.pod), name) {
            Some(secret) => Ok(secret.data.iter().flatten().map(|(key, value)| (key.clone(), value.0.clone())).collect()),
            None if optional => Ok(BTreeMap::new()),
            None => Err(format!("secret \"{name}\" not found")),
        }
    }

    /// `KUBERNETES_SERVICE_HOST` and its like. Models `pkg/kubelet/envvars`.
    fn service_links(&self) -> BTreeMap<String, String> {
        let spec = spec_of(self.pod);
        let links = spec.enable_service_links != Some(false);
        let mut env = BTreeMap::new();
        let is_master = |service: &Service| {
            service.metadata.name.as_deref() == Some("kubernetes") && service.metadata.namespace.as_deref() == Some("default")
        };
        for service in self.client.list::<Service>(None) {
            let own = links && service.metadata.namespace.as_deref() == Some(namespace_of(self.pod));
            if is_master(&service) || own {
                env.extend(service_variables(&service));
            }
        }
        env
    }
}

fn service_variables(service: &Service) -> Vec<(String, String)> {
    let Some(spec) = &service.spec else { return Vec::new() };
    let ip = spec.cluster_ip.clone().unwrap_or_default();
    if ip.is_empty() || ip == "None" {
        return Vec::new();
    }
    let name = service.metadata.name.as_deref().unwrap_or_default().to_uppercase().replace('-', "_");
    let ports = spec.ports.as_deref().unwrap_or_default();
    let Some(first) = ports.first() else { return Vec::new() };
    let mut vars = vec![(format!("{name}_SERVICE_HOST"), ip.clone()), (format!("{name}_SERVICE_PORT"), first.port.to_string())];
    for port in ports {
        if let Some(port_name) = &port.name {
            vars.push((format!("{name}_SERVICE_PORT_{}", port_name.to_uppercase().replace('-', "_")), port.port.to_string()));
        }
    }
    for (index, port) in ports.iter().enumerate() {
        let protocol = port.protocol.clone().unwrap_or_else(|| "TCP".into());
        let url = format!("{}://{ip}:{}", protocol.to_lowercase(), port.port);
        if index == 0 {
            vars.push((format!("{name}_PORT"), url.clone()));
        }
        let prefix = format!("{name}_PORT_{}_{}", port.port, protocol.to_uppercase());
        vars.push((prefix.clone(), url));
        vars.push((format!("{prefix}_PROTO"), protocol.to_lowercase()));
        vars.push((format!("{prefix}_PORT"), port.port.to_string()));
        vars.push((format!("{prefix}_ADDR"), ip.clone()));
    }
    vars
}
