//! Lifecycle hooks. Models `pkg/kubelet/lifecycle/handlers.go`.

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container as ContainerSpec, LifecycleHandler};

use super::probe_action;
use super::worker::Worker;
use crate::cri::Container;

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
            return answer.map(drop).map_err(|error| {
                format!(
                    "HTTP lifecycle hook ({}) for Container \"{}\" in Pod \"{}\" failed - error: {}",
                    get.path.as_deref().unwrap_or_default(),
                    spec.name,
                    self.full_name(),
                    error.text()
                )
            });
        }
        if let Some(sleep) = &hook.sleep {
            self.kubelet.0.sim.sleep(Duration::from_secs(u64::try_from(sleep.seconds).unwrap_or(0))).await;
        }
        Ok(())
    }
}
