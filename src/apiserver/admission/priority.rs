//! Models `plugin/pkg/admission/priority`.

use std::rc::Rc;

use k8s_openapi::api::scheduling::v1::PriorityClass;

use super::ApiServer;
use crate::api::{Kind, Object, Status};

/// A pod that is replaced without its computed priority and preemption policy keeps them.
pub(super) fn on_update(new: &mut Object, old: &Object) {
    let (Object::Pod(new), Object::Pod(old)) = (new, old) else { return };
    let Some(old) = old.spec.as_ref() else { return };
    let missing = new.spec.as_ref().is_some_and(|spec| spec.priority.is_none() || spec.preemption_policy.is_none());
    if !missing {
        return;
    }
    let spec = Rc::make_mut(new).spec.get_or_insert_default();
    spec.priority = spec.priority.or(old.priority);
    spec.preemption_policy = spec.preemption_policy.take().or_else(|| old.preemption_policy.clone());
}

/// Refuses a second default class. Models validatePriorityClass.
pub(super) fn validate(server: &ApiServer, object: &Object) -> Result<(), Status> {
    let Object::PriorityClass(class) = object else { return Ok(()) };
    if class.global_default != Some(true) {
        return Ok(());
    }
    let (classes, _) = server.store().list(Kind::PriorityClass, None);
    let mut others = classes.iter().filter_map(Object::typed::<PriorityClass>).filter(|other| other.metadata.name != class.metadata.name);
    match others.find(|other| other.global_default == Some(true)) {
        Some(other) => {
            let name = other.metadata.name.clone().unwrap_or_default();
            Err(super::forbidden(object, &format!("PriorityClass {name} is already marked as default. Only one default can exist")))
        }
        None => Ok(()),
    }
}

/// Sets a pod's priority and preemption policy from its class, or from the cluster's default class.
pub(super) fn on_create(server: &ApiServer, object: &mut Object) -> Result<(), Status> {
    let Object::Pod(pod) = object else { return Ok(()) };
    let asked = pod.spec.as_ref().and_then(|spec| spec.priority_class_name.clone()).unwrap_or_default();
    let (classes, _) = server.store().list(Kind::PriorityClass, None);
    let classes: Vec<Rc<PriorityClass>> = classes.iter().filter_map(Object::typed).collect();
    let class = if asked.is_empty() {
        classes.iter().filter(|class| class.global_default == Some(true)).min_by_key(|class| class.value)
    } else {
        let found = classes.iter().find(|class| class.metadata.name.as_deref() == Some(&asked));
        if found.is_none() {
            return Err(super::forbidden(object, &format!("no PriorityClass with name {asked} was found")));
        }
        found
    };
    let value = class.and_then(|class| class.value).unwrap_or(0);
    let policy = class.and_then(|class| class.preemption_policy.clone()).unwrap_or_else(|| "PreemptLowerPriority".into());
    let given = pod.spec.as_ref().and_then(|spec| spec.priority);
    if given.is_some_and(|given| given != value) {
        let why = format!(
            "the integer value of priority ({}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name",
            given.unwrap_or_default()
        );
        return Err(super::forbidden(object, &why));
    }
    let given = pod.spec.as_ref().and_then(|spec| spec.preemption_policy.clone());
    if let Some(given) = given.filter(|given| *given != policy) {
        let why = format!(
            "the string value of PreemptionPolicy ({given}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name"
        );
        return Err(super::forbidden(object, &why));
    }
    let class_name = class.and_then(|class| class.metadata.name.clone());
    let spec = Rc::make_mut(pod).spec.get_or_insert_default();
    spec.priority = Some(value);
    spec.preemption_policy = Some(policy);
    if let Some(class_name) = class_name {
        spec.priority_class_name = Some(class_name);
    }
    Ok(())
}
