//! Lifecycle hooks. Models `pkg/kubelet/lifecycle/handlers.go`.

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container as ContainerSpec, LifecycleHandler};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::probe_action;
use super::worker::Worker;
use crate::cri::Container;

/// A port by number, or by its name in the container's ports.
pub(super) fn port_of(port: &IntOrString, spec: &ContainerSpec) -> Option<u16> {
    match port {
        IntOrString::Int(number) => u16::try_from(*number).ok(),
        IntOrString::String(name) => {
            let named = spec.ports.iter().flatten().find(|p| p.name.as_deref() == Some(name));
            named.and_then(|p| u16::try_from(p.container_port).ok()).or_else(|| name.parse().ok())
        }
    }
}

impl Worker {
    /// Runs a hook to its end. The error is the message of a `PostStartHookError`.
    pub(super) async fn run_hook(&self, container: &Rc<Container>, spec: &ContainerSpec, hook: &LifecycleHandler) -> Result<(), String> {
        if let Some(exec) = &hook.exec {
            let command = exec.command.clone().unwrap_or_default();
            let shown = format!("[{}]", command.join(" "));
            let (code, output) = probe_action::run(&self.kubelet, container, command).await?;
            return if code == 0 {
                Ok(())
            } else {
                Err(format!(
                    "Exec lifecycle hook ({shown}) for Container \"{}\" in Pod \"{}\" failed - error: command '{}' exited with {code}: {output}, message: \"{output}\"",
                    spec.name,
                    self.full_name(),
                    shown.trim_matches(['[', ']'])
                ))
            };
        }
        if let Some(get) = &hook.http_get {
            let answer = probe_action::http_get(&self.kubelet, &self.pod_ip(), spec, get, Duration::from_secs(30)).await;
            let named = |error| {
                let (container, pod) = (&spec.name, self.full_name());
                format!(
                    "HTTP lifecycle hook ({}) for Container \"{container}\" in Pod \"{pod}\" failed - error: {error}",
                    get.path.as_deref().unwrap_or_default()
                )
            };
            return answer.map(drop).map_err(|error| named(error.text().to_owned()));
        }
        if let Some(sleep) = &hook.sleep {
            self.kubelet.0.sim.sleep(Duration::from_secs(u64::try_from(sleep.seconds).unwrap_or(0))).await;
        }
        Ok(())
    }
}
