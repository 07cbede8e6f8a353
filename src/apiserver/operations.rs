//! The typed operations that REST and in-process components share.

use std::rc::Rc;

use super::{ApiServer, admission, codec, strategy};
use crate::api::pod::update_condition;
use crate::api::{Key, Kind, Object, Status};
use crate::store::{Origin, StoreError};

/// Which part of an object a write is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subresource {
    /// The object; its status stays.
    None,
    /// Its status; all else stays.
    Status,
    /// A namespace's finalizers.
    Finalize,
    /// A pod's ephemeral containers.
    EphemeralContainers,
    /// A pod's resources.
    Resize,
}

/// How a write is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// All checks are made, nothing is stored (`dryRun=All`).
    pub dry_run: bool,
}

/// How many names are tried for an object that wants one of its prefix.
const NAME_ATTEMPTS: usize = 8;

const MODIFIED: &str = "the object has been modified; please apply your changes to the latest version and try again";

impl ApiServer {
    /// The object at `key`.
    pub fn get(&self, key: &Key) -> Result<Object, Status> {
        self.store().get(key).ok_or_else(|| Status::not_found(key.kind, &key.name))
    }

    /// Adds an object: defaulting, admission, strategy, validation, store.
    pub fn create(&self, by: &Origin, object: Object, options: WriteOptions) -> Result<Object, Status> {
        self.create_warned(by, object, options, &mut Vec::new())
    }

    /// The same, with what is to be warned of, be the object accepted or not.
    pub(super) fn create_warned(
        &self,
        by: &Origin,
        mut object: Object,
        options: WriteOptions,
        warnings: &mut Vec<String>,
    ) -> Result<Object, Status> {
        let kind = object.kind();
        let unlabelled = object.meta().labels.as_ref().is_none_or(std::collections::BTreeMap::is_empty);
        codec::set_defaults(&mut object);
        admission::on_create(self, &mut object)?;
        let generated = self.name_it(&mut object);
        strategy::prepare_for_create(self, &mut object, unlabelled);
        codec::prepare_service(&mut object, None)?;
        strategy::allocate(self, &mut object)?;
        codec::validate_create(&object)?;
        warnings.extend(codec::warnings(&object));
        let admitted = admission::validate_create(self, &object, warnings)?;
        if self.store().get(&object.key()).is_some() {
            return Err(if generated {
                Status::generated_name_taken(kind, object.name())
            } else {
                Status::already_exists(kind, object.name())
            });
        }
        if options.dry_run {
            return Ok(object);
        }
        admitted.commit(self);
        let name = object.name().to_owned();
        self.store().create(by, object).map_err(|_| Status::already_exists(kind, &name))
    }

    /// Fills in `generateName`, uid and creation time. Says whether the name was generated.
    fn name_it(&self, object: &mut Object) -> bool {
        let rng = self.sim().rng();
        let (uid, now) = (rng.uuid(), self.api_time());
        let (kind, namespace) = (object.kind(), object.namespace().to_owned());
        let mut generated = false;
        let meta = object.meta_mut();
        if meta.name.as_deref().unwrap_or_default().is_empty()
            && let Some(prefix) = meta.generate_name.as_deref().filter(|prefix| !prefix.is_empty())
        {
            // Longer prefixes are cut so that the name keeps within 63 characters.
            let prefix: String = prefix.chars().take(58).collect();
            let fresh = || format!("{prefix}{}", rng.suffix(5));
            let mut name = fresh();
            // A name that is taken is thrown again a few times. Models maxNameGenerationCreateAttempts.
            for _ in 1..NAME_ATTEMPTS {
                if self.store().get(&Key::new(kind, &namespace, &name)).is_none() {
                    break;
                }
                name = fresh();
            }
            meta.name = Some(name);
            generated = true;
        }
        meta.uid = Some(uid);
        meta.creation_timestamp = Some(now);
        meta.deletion_timestamp = None;
        meta.deletion_grace_period_seconds = None;
        meta.resource_version = None;
        meta.self_link = None;
        generated
    }

    /// Replaces an object, or the part of it that `subresource` names.
    pub fn update(&self, by: &Origin, object: Object, subresource: Subresource, options: WriteOptions) -> Result<Object, Status> {
        self.update_warned(by, object, subresource, options, &mut Vec::new())
    }

    /// The same, with what is to be warned of, be the change accepted or not.
    pub(super) fn update_warned(
        &self,
        by: &Origin,
        object: Object,
        subresource: Subresource,
        options: WriteOptions,
        warnings: &mut Vec<String>,
    ) -> Result<Object, Status> {
        let key = object.key();
        let old = self.get(&key)?;
        self.check_identity(&object, &old)?;
        let expected = object.revision();
        let mut new = object;
        codec::set_defaults(&mut new);
        strategy::prepare_for_update(self, &mut new, &old, subresource);
        admission::on_update(self, &mut new, &old)?;
        codec::prepare_service(&mut new, Some(&old))?;
        strategy::allocate(self, &mut new)?;
        if new.meta().resource_version.as_deref().unwrap_or_default().is_empty() {
            new.meta_mut().resource_version.clone_from(&old.meta().resource_version);
        }
        codec::validate_update(&new, &old, subresource)?;
        if subresource == Subresource::Resize {
            admission::pod_resize::check(self, &new, &old)?;
        }
        if !matches!(subresource, Subresource::Status | Subresource::Finalize) {
            warnings.extend(codec::update_warnings(&new, &old));
        }
        let admitted = admission::validate_update(self, &new, &old, subresource, warnings)?;
        if options.dry_run {
            return Ok(new);
        }
        admitted.commit(self);
        if self.finished_deleting(&new) {
            return self.store().delete(by, &key, None).map_err(|_| Status::not_found(key.kind, &key.name));
        }
        self.store().update(by, new, (expected != 0).then_some(expected)).map_err(|error| match error {
            StoreError::Conflict => Status::conflict(key.kind, &key.name, MODIFIED),
            _ => Status::not_found(key.kind, &key.name),
        })
    }

    fn check_identity(&self, new: &Object, old: &Object) -> Result<(), Status> {
        let kind = old.kind();
        let (uid, revision) = (new.uid(), new.revision());
        let written = new.meta().resource_version.as_deref().unwrap_or_default();
        if !written.is_empty() && written.parse::<u64>().is_err() {
            return Err(Status::new(500, "", crate::api::go::number_error("ParseUint", written)));
        }
        if !uid.is_empty() && uid != old.uid() {
            let info = kind.info();
            let place = if info.namespaced { format!("{}/{}", old.namespace(), old.name()) } else { old.name().to_owned() };
            let why = format!(
                "StorageError: invalid object, Code: 4, Key: /{}/{place}, ResourceVersion: 0, AdditionalErrorMsg: \
                 Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
                info.plural,
                old.uid()
            );
            return Err(Status::conflict(kind, old.name(), &why));
        }
        if revision != 0 && revision != old.revision() {
            return Err(Status::conflict(kind, old.name(), MODIFIED));
        }
        Ok(())
    }

    /// Whether nothing holds a deleted object any more.
    fn finished_deleting(&self, object: &Object) -> bool {
        let meta = object.meta();
        let held = meta.finalizers.as_ref().is_some_and(|finalizers| !finalizers.is_empty());
        let namespace_held = match object {
            Object::Namespace(ns) => ns.spec.as_ref().and_then(|spec| spec.finalizers.as_ref()).is_some_and(|f| !f.is_empty()),
            _ => false,
        };
        meta.deletion_timestamp.is_some() && meta.deletion_grace_period_seconds.unwrap_or(0) == 0 && !held && !namespace_held
    }

    /// Binds a pod to a node. Models `BindingREST` of `pkg/registry/core/pod/storage`.
    pub fn bind(&self, by: &Origin, namespace: &str, pod: &str, node: &str, options: WriteOptions) -> Result<(), Status> {
        use k8s_openapi::api::core::v1::{Pod, PodCondition};
        let key = Key::new(Kind::Pod, namespace, pod);
        let object = self.get(&key)?;
        let Some(mut bound) = object.typed::<Pod>() else { return Err(Status::internal("not a pod")) };
        // The message names the subresource: pods/binding.
        let refused = |why: String| {
            let mut status = Status::conflict(Kind::Pod, pod, &why);
            status.message = format!("Operation cannot be fulfilled on pods/binding \"{pod}\": {why}");
            if let Some(details) = &mut status.details {
                details.kind = "pods/binding".to_owned();
            }
            status
        };
        if bound.metadata.deletion_timestamp.is_some() {
            return Err(refused(format!("pod {pod} is being deleted, cannot be assigned to a host")));
        }
        if bound.spec.as_ref().and_then(|spec| spec.scheduling_gates.as_ref()).is_some_and(|gates| !gates.is_empty()) {
            return Err(refused(format!("pod {pod} has non-empty .spec.schedulingGates")));
        }
        let current = bound.spec.as_ref().and_then(|spec| spec.node_name.clone()).unwrap_or_default();
        if !current.is_empty() {
            return Err(refused(format!("pod {pod} is already assigned to node \"{current}\"")));
        }
        if options.dry_run {
            return Ok(());
        }
        let now = self.api_time();
        let typed = Rc::make_mut(&mut bound);
        let generation = typed.metadata.generation;
        typed.spec.get_or_insert_default().node_name = Some(node.to_owned());
        let status = typed.status.get_or_insert_default();
        // What was nominated is settled now (`ClearingNominatedNodeNameAfterBinding`).
        status.nominated_node_name = None;
        let conditions = status.conditions.get_or_insert_default();
        let scheduled = PodCondition {
            type_: "PodScheduled".into(),
            status: "True".into(),
            observed_generation: generation,
            ..PodCondition::default()
        };
        update_condition(conditions, scheduled, now);
        self.store().update(by, Object::Pod(bound), None).map(|_| ()).map_err(|_| Status::not_found(Kind::Pod, pod))
    }
}
