//! The kinds that Podground knows, and one type that holds an object of any of them.

use std::fmt;
use std::rc::Rc;

use k8s_openapi::api::{
    apps::v1 as apps, batch::v1 as batch, coordination::v1 as coordination, core::v1 as core, discovery::v1 as discovery,
    policy::v1 as policy, scheduling::v1 as scheduling,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What discovery says of a kind. Models `metav1.APIResource`.
#[derive(Debug)]
pub struct KindInfo {
    /// `Pod`.
    pub kind: &'static str,
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// `v1`.
    pub version: &'static str,
    /// `pods`: the name in URLs.
    pub plural: &'static str,
    /// `pod`.
    pub singular: &'static str,
    /// `po`.
    pub short_names: &'static [&'static str],
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// `all`, where `kubectl get all` lists the kind.
    pub categories: &'static [&'static str],
    /// Subresources that the API serves.
    pub subresources: &'static [&'static str],
}

impl KindInfo {
    /// `v1`, `apps/v1`: what stands in `apiVersion`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `pods`, `deployments.apps`: how messages name the resource.
    pub fn group_resource(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }
}

macro_rules! kinds {
    ($( $variant:ident: $ty:ty, $group:literal, $version:literal, $plural:literal, $singular:literal, [$($short:literal),*], $namespaced:literal, [$($category:literal),*], [$($sub:literal),*]; )*) => {
        /// A kind of object. The order is the order of discovery within a group.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $( #[doc = stringify!($variant)] $variant, )* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Kind] = &[$( Kind::$variant, )*];

            /// What discovery says of the kind.
            pub fn info(self) -> &'static KindInfo {
                match self { $( Kind::$variant => &KindInfo {
                    kind: stringify!($variant), group: $group, version: $version, plural: $plural, singular: $singular,
                    short_names: &[$($short),*], namespaced: $namespaced, categories: &[$($category),*], subresources: &[$($sub),*],
                }, )* }
            }
        }

        /// An object of any kind, shared by reference.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Object { $( #[doc = stringify!($variant)] $variant(Rc<$ty>), )* }

        impl Object {
            /// The object's kind.
            pub fn kind(&self) -> Kind {
                match self { $( Object::$variant(_) => Kind::$variant, )* }
            }

            /// The object's metadata.
            pub fn meta(&self) -> &ObjectMeta {
                match self { $( Object::$variant(object) => &object.metadata, )* }
            }

            /// The object's metadata, to change; copies the object if it is shared.
            pub fn meta_mut(&mut self) -> &mut ObjectMeta {
                match self { $( Object::$variant(object) => &mut Rc::make_mut(object).metadata, )* }
            }

            /// The object as JSON, with `apiVersion` and `kind`.
            pub fn to_json(&self) -> Value {
                // Serialising these types cannot fail: their keys are strings and their numbers finite.
                match self { $( Object::$variant(object) => written(&**object), )* }
            }

            /// Reads an object of `kind`. Loose: see `api::decode` for the API server's strict reading.
            pub fn from_json(kind: Kind, value: Value) -> Result<Object, serde_json::Error> {
                Ok(match kind { $( Kind::$variant => Object::$variant(read(value)?), )* })
            }
        }

        $(
            impl From<$ty> for Object {
                fn from(object: $ty) -> Object { Object::$variant(Rc::new(object)) }
            }
            impl Typed for $ty {
                const KIND: Kind = Kind::$variant;
                fn from_object(object: &Object) -> Option<Rc<Self>> {
                    match object { Object::$variant(object) => Some(object.clone()), _ => None }
                }
                fn meta(&self) -> &ObjectMeta { &self.metadata }
            }
        )*
    };
}

// A function per kind, so that the page loads first only those of the kinds that are there from the start.
#[inline(never)]
fn written<T: Serialize>(object: &T) -> Value {
    serde_json::to_value(object).unwrap_or(Value::Null)
}

#[inline(never)]
fn read<T: DeserializeOwned>(value: Value) -> Result<Rc<T>, serde_json::Error> {
    serde_json::from_value(value).map(Rc::new)
}

/// A Rust type that stands for one [`Kind`].
pub trait Typed: Clone + Into<Object> + 'static {
    /// The kind.
    const KIND: Kind;
    /// The typed object, if `object` is of this kind.
    fn from_object(object: &Object) -> Option<Rc<Self>>;
    /// The metadata.
    fn meta(&self) -> &ObjectMeta;
}

kinds! {
    Binding: core::Binding, "", "v1", "bindings", "binding", [], true, [], [];
    ConfigMap: core::ConfigMap, "", "v1", "configmaps", "configmap", ["cm"], true, [], [];
    Endpoints: core::Endpoints, "", "v1", "endpoints", "endpoints", ["ep"], true, [], [];
    Event: core::Event, "", "v1", "events", "event", ["ev"], true, [], [];
    LimitRange: core::LimitRange, "", "v1", "limitranges", "limitrange", ["limits"], true, [], [];
    Namespace: core::Namespace, "", "v1", "namespaces", "namespace", ["ns"], false, [], ["finalize", "status"];
    Node: core::Node, "", "v1", "nodes", "node", ["no"], false, [], ["proxy", "status"];
    Pod: core::Pod, "", "v1", "pods", "pod", ["po"], true, ["all"], ["attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "proxy", "resize", "status"];
    ReplicationController: core::ReplicationController, "", "v1", "replicationcontrollers", "replicationcontroller", ["rc"], true, ["all"], ["scale", "status"];
    ResourceQuota: core::ResourceQuota, "", "v1", "resourcequotas", "resourcequota", ["quota"], true, [], ["status"];
    Secret: core::Secret, "", "v1", "secrets", "secret", [], true, [], [];
    Service: core::Service, "", "v1", "services", "service", ["svc"], true, ["all"], ["proxy", "status"];
    ServiceAccount: core::ServiceAccount, "", "v1", "serviceaccounts", "serviceaccount", ["sa"], true, [], ["token"];
    ControllerRevision: apps::ControllerRevision, "apps", "v1", "controllerrevisions", "controllerrevision", [], true, [], [];
    DaemonSet: apps::DaemonSet, "apps", "v1", "daemonsets", "daemonset", ["ds"], true, ["all"], ["status"];
    Deployment: apps::Deployment, "apps", "v1", "deployments", "deployment", ["deploy"], true, ["all"], ["scale", "status"];
    ReplicaSet: apps::ReplicaSet, "apps", "v1", "replicasets", "replicaset", ["rs"], true, ["all"], ["scale", "status"];
    CronJob: batch::CronJob, "batch", "v1", "cronjobs", "cronjob", ["cj"], true, ["all"], ["status"];
    Job: batch::Job, "batch", "v1", "jobs", "job", [], true, ["all"], ["status"];
    Lease: coordination::Lease, "coordination.k8s.io", "v1", "leases", "lease", [], true, [], [];
    EndpointSlice: discovery::EndpointSlice, "discovery.k8s.io", "v1", "endpointslices", "endpointslice", [], true, [], [];
    PodDisruptionBudget: policy::PodDisruptionBudget, "policy", "v1", "poddisruptionbudgets", "poddisruptionbudget", ["pdb"], true, [], ["status"];
    PriorityClass: scheduling::PriorityClass, "scheduling.k8s.io", "v1", "priorityclasses", "priorityclass", ["pc"], false, [], [];
}

impl Kind {
    /// The kind with this `kind` name in this group.
    pub fn find(group: &str, kind: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|k| k.info().group == group && k.info().kind == kind)
    }

    /// The kind with this `kind` name, whatever its group.
    pub fn named(kind: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|k| k.info().kind == kind)
    }

    /// The kind served at this plural name in this group.
    pub fn by_plural(group: &str, plural: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|k| k.info().group == group && k.info().plural == plural)
    }
}

impl Object {
    /// The typed object, if it is of `T`'s kind.
    pub fn typed<T: Typed>(&self) -> Option<Rc<T>> {
        T::from_object(self)
    }

    /// `metadata.name`, or the empty string.
    pub fn name(&self) -> &str {
        self.meta().name.as_deref().unwrap_or_default()
    }

    /// `metadata.namespace`, or the empty string.
    pub fn namespace(&self) -> &str {
        self.meta().namespace.as_deref().unwrap_or_default()
    }

    /// `metadata.uid`, or the empty string.
    pub fn uid(&self) -> &str {
        self.meta().uid.as_deref().unwrap_or_default()
    }

    /// `metadata.resourceVersion` as a number; 0 where there is none.
    pub fn revision(&self) -> u64 {
        self.meta().resource_version.as_deref().and_then(|rv| rv.parse().ok()).unwrap_or(0)
    }

    /// The object's place in the store.
    pub fn key(&self) -> Key {
        Key { kind: self.kind(), namespace: self.namespace().into(), name: self.name().into() }
    }
}

/// Names one object: kind, namespace (empty where the kind has none) and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The kind.
    pub kind: Kind,
    /// The namespace, or the empty string.
    pub namespace: Rc<str>,
    /// The name.
    pub name: Rc<str>,
}

impl Key {
    /// The key of the object of `kind` called `name` in `namespace`.
    pub fn new(kind: Kind, namespace: &str, name: &str) -> Key {
        Key { kind, namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let singular = self.kind.info().singular;
        if self.namespace.is_empty() {
            write!(f, "{singular}/{}", self.name)
        } else {
            write!(f, "{singular}/{}/{}", self.namespace, self.name)
        }
    }
}
