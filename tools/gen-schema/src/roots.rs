//! The kinds the schema starts from.
use k8s_openapi::api::{apps::v1 as apps, autoscaling::v1 as autoscaling, batch::v1 as batch, coordination::v1 as coordination};
use k8s_openapi::api::{core::v1 as core, discovery::v1 as discovery, policy::v1 as policy, scheduling::v1 as scheduling};
use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};

macro_rules! roots {
    ($($package:ident $name:ident),* $(,)?) => {
        /// Short names of the root types.
        pub const ROOTS: &[&str] = &[$(concat!(stringify!($package), ".", stringify!($name))),*];

        /// All definitions that the roots use.
        pub fn definitions() -> Map<String, Value> {
            let mut generator = SchemaGenerator::new(SchemaSettings::draft07());
            $(generator.subschema_for::<$package::$name>();)*
            generator.take_definitions(true)
        }
    };
}

roots! {
    core Binding, core ConfigMap, core Endpoints, core Event, core LimitRange, core Namespace, core Node, core Pod,
    core PodTemplate, core ReplicationController, core ResourceQuota, core Secret, core Service, core ServiceAccount,
    apps DaemonSet, apps Deployment, apps ReplicaSet, apps StatefulSet, batch CronJob, batch Job, coordination Lease,
    discovery EndpointSlice, scheduling PriorityClass, autoscaling Scale, policy Eviction, policy PodDisruptionBudget, meta DeleteOptions,
}
