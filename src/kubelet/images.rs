//! Making sure that a container's image is on the node. Models `pkg/kubelet/images/image_manager.go`.

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container as ContainerSpec, Secret};

use super::backoff::go_millis;
use super::record::{namespace_of, spec_of, uid_of};
use super::worker::Worker;
use crate::images::{PulledImage, Reference};

/// How long `ErrImagePull` stands before the kubelet looks again and reports the back-off.
const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// Why a container cannot be made, and when to try again.
pub(super) struct Failure {
    pub reason: String,
    pub message: String,
    pub retry: Duration,
}

impl Worker {
    /// The image of a container, pulled if its policy asks for that.
    pub(super) async fn ensure_image(&self, container: &ContainerSpec) -> Result<Rc<PulledImage>, Failure> {
        let image = container.image.clone().unwrap_or_default();
        let name = container.name.as_str();
        let event = |type_: &str, reason: &str, message: &str| self.event(Some(name), type_, reason, message);
        let reference = match Reference::parse(&image) {
            Ok(reference) => reference,
            Err(why) => {
                let message = format!("Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": {why}");
                event("Warning", "InspectFailed", &message);
                event("Warning", "Failed", "Error: InvalidImageName");
                return Err(Failure { reason: "InvalidImageName".into(), message, retry: super::worker::RETRY });
            }
        };
        let images = self.kubelet.0.runtime.images();
        let local = images.local(&reference);
        let policy = container.image_pull_policy.as_deref().unwrap_or("IfNotPresent");
        match (policy, local) {
            ("Never" | "IfNotPresent", Some(image_on_node)) => {
                let message = format!("Container image \"{image}\" already present on machine and can be accessed by the pod");
                event("Normal", "Pulled", &message);
                Ok(image_on_node)
            }
            ("Never", None) => {
                let message = format!("Container image \"{image}\" is not present with pull policy of Never");
                event("Warning", "ErrImageNeverPull", &message);
                event("Warning", "Failed", "Error: ErrImageNeverPull");
                Err(Failure { reason: "ErrImageNeverPull".into(), message, retry: super::worker::RETRY })
            }
            _ => self.pull(name, &image, &reference).await,
        }
    }

    /// Says which of the pod's pull secrets are not there. Models `getPullSecretsForPod`.
    fn check_pull_secrets(&self) {
        let pod = self.pod();
        let spec = spec_of(&pod);
        let names = spec.image_pull_secrets.iter().flatten().map(|reference| reference.name.as_str());
        let missing: Vec<&str> = names.filter(|name| self.kubelet.0.client.get::<Secret>(namespace_of(&pod), name).is_none()).collect();
        if !missing.is_empty() {
            let list = missing.join(", ");
            let message = format!("Unable to retrieve some image pull secrets ({list}); attempting to pull the image may not succeed.");
            self.event(None, "Warning", "FailedToRetrieveImagePullSecret", &message);
        }
    }

    async fn pull(&self, name: &str, image: &str, reference: &Reference) -> Result<Rc<PulledImage>, Failure> {
        let inner = &self.kubelet.0;
        let key = format!("{}_{image}", uid_of(&self.pod()));
        let left = inner.image_backoff.borrow().left(&key, None, inner.sim.now());
        if let Some(left) = left {
            let message = format!("Back-off pulling image \"{image}\"");
            self.event(Some(name), "Normal", "BackOff", &message);
            self.event(Some(name), "Warning", "Failed", "Error: ImagePullBackOff");
            // The state's message carries the pull's own error too.
            let last = self.record.borrow().containers.get(name).and_then(|record| record.waiting.clone());
            let message = match last {
                Some((reason, error)) if reason == "ErrImagePull" => format!("{message}: ErrImagePull: {error}"),
                Some((reason, whole)) if reason == "ImagePullBackOff" => whole,
                _ => message,
            };
            return Err(Failure { reason: "ImagePullBackOff".into(), message, retry: left });
        }
        self.check_pull_secrets();
        self.event(Some(name), "Normal", "Pulling", &format!("Pulling image \"{image}\""));
        match inner.runtime.images().pull(reference).await {
            Ok((pulled, times)) => {
                let message = format!(
                    "Successfully pulled image \"{image}\" in {} ({} including waiting). Image size: {} bytes.",
                    go_millis(times.pull),
                    go_millis(times.with_waiting),
                    pulled.size_bytes
                );
                self.event(Some(name), "Normal", "Pulled", &message);
                Ok(pulled)
            }
            Err(error) => {
                inner.image_backoff.borrow_mut().next(&key, None, inner.sim.now());
                self.event(Some(name), "Warning", "Failed", &format!("Failed to pull image \"{image}\": {}", error.0));
                self.event(Some(name), "Warning", "Failed", "Error: ErrImagePull");
                Err(Failure { reason: "ErrImagePull".into(), message: error.0, retry: LOOK_AGAIN })
            }
        }
    }
}
