//! Creating and deleting pods in the name of what controls them, and telling of it. Models `RealPodControl` of
//! `pkg/controller/controller_utils.go`.

use k8s_openapi::api::core::v1::Pod;

use super::pods::name_of;
use crate::api::object::Typed;
use crate::client::{Client, DeleteOptions, reference_to};

/// Why a pod could not be created or deleted.
#[derive(Clone, Debug)]
pub struct Failure {
    /// `FailedCreate` or `FailedDelete`.
    pub reason: &'static str,
    /// The API server's words.
    pub message: String,
}

/// Creates a pod. The error is empty where its namespace is going: nothing more will come of it, and nobody needs to be told.
pub fn create<T: Typed>(client: &Client, component: &str, owner: &T, pod: Pod) -> Result<(), Option<Failure>> {
    let about = reference_to(owner);
    match client.create(pod) {
        Ok(pod) => {
            let message = format!("Created pod: {}", pod.metadata.name.as_deref().unwrap_or_default());
            client.record_event(&about, component, None, "Normal", "SuccessfulCreate", &message);
            Ok(())
        }
        Err(status) if status.has_cause("NamespaceTerminating") => Err(None),
        Err(status) => {
            client.record_event(&about, component, None, "Warning", "FailedCreate", &format!("Error creating: {}", status.message));
            Err(Some(Failure { reason: "FailedCreate", message: status.message }))
        }
    }
}

/// Deletes a pod, if it is still there.
pub fn delete<T: Typed>(client: &Client, component: &str, owner: &T, pod: &Pod) -> Result<(), Failure> {
    let about = reference_to(owner);
    let (namespace, name) = name_of(&pod.metadata);
    match client.delete::<Pod>(&namespace, &name, DeleteOptions::default()) {
        Ok(()) => {
            client.record_event(&about, component, None, "Normal", "SuccessfulDelete", &format!("Deleted pod: {name}"));
            Ok(())
        }
        Err(status) if status.is("NotFound") => Ok(()),
        Err(status) => {
            client.record_event(&about, component, None, "Warning", "FailedDelete", &format!("Error deleting: {}", status.message));
            Err(Failure { reason: "FailedDelete", message: status.message })
        }
    }
}
