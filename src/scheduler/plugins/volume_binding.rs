//! Claims must exist and be bound. Models `plugins/volumebinding`.
//!
//! Persistent volumes are not simulated in Podground: no claim exists.

use crate::scheduler::framework::{Plugin, PodInfo, PreFilter, Rejection, Snapshot};

/// See the module.
pub struct VolumeBinding;

const NAME: &str = "VolumeBinding";

impl Plugin for VolumeBinding {
    fn name(&self) -> &'static str {
        NAME
    }

    fn pre_filter<'a>(&self, pod: &'a PodInfo, _snapshot: &'a Snapshot) -> PreFilter<'a> {
        let volumes = pod.pod.spec.as_ref().and_then(|spec| spec.volumes.as_deref()).unwrap_or_default();
        let claim = volumes.iter().find_map(|volume| volume.persistent_volume_claim.as_ref());
        match claim {
            None => PreFilter::Skip,
            Some(claim) => {
                let reason = format!("persistentvolumeclaim {:?} not found", claim.claim_name);
                PreFilter::Reject(Rejection::unresolvable(NAME, reason))
            }
        }
    }
}
