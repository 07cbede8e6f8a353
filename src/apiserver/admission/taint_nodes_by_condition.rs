//! Models `plugin/pkg/admission/nodetaint`.

use std::rc::Rc;

use k8s_openapi::api::core::v1::Taint;

use crate::api::Object;
use crate::api::well_known::NOT_READY;

/// A new node takes no pods until it says that it is ready.
pub(super) fn on_create(object: &mut Object) {
    let Object::Node(node) = object else { return };
    let taints = Rc::make_mut(node).spec.get_or_insert_default().taints.get_or_insert_default();
    if !taints.iter().any(|taint| taint.key == NOT_READY && taint.effect == "NoSchedule") {
        taints.push(Taint { key: NOT_READY.into(), effect: "NoSchedule".into(), ..Taint::default() });
    }
}
