//! Models `plugin/pkg/admission/defaulttolerationseconds`.

use std::rc::Rc;

use k8s_openapi::api::core::v1::Toleration;

use crate::api::Object;
use crate::api::well_known::{NOT_READY, UNREACHABLE};

/// How long a pod stays on a node that is not ready or not reachable.
const SECONDS: i64 = 300;

/// Adds the two tolerations unless the pod has its own for those taints.
pub(super) fn apply(object: &mut Object) {
    let Object::Pod(pod) = object else { return };
    let missing: Vec<&str> = [NOT_READY, UNREACHABLE]
        .into_iter()
        .filter(|key| {
            let tolerations = pod.spec.as_ref().and_then(|spec| spec.tolerations.as_ref());
            !tolerations.into_iter().flatten().any(|t| {
                let covers_key = t.key.as_deref().is_none_or(|k| k.is_empty() || k == *key);
                covers_key && t.effect.as_deref().is_none_or(|e| e.is_empty() || e == "NoExecute")
            })
        })
        .collect();
    if missing.is_empty() {
        return;
    }
    let tolerations = Rc::make_mut(pod).spec.get_or_insert_default().tolerations.get_or_insert_default();
    for key in missing {
        tolerations.push(Toleration {
            key: Some(key.to_owned()),
            operator: Some("Exists".into()),
            effect: Some("NoExecute".into()),
            toleration_seconds: Some(SECONDS),
            value: None,
        });
    }
}
