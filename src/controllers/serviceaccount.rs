//! Every namespace has a `default` service account. Models `pkg/controller/serviceaccount/serviceaccounts_controller.go`.

use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::per_namespace::{self, Required};
use crate::client::Client;

/// Creates missing service accounts.
pub async fn run(client: Client) {
    per_namespace::run::<ServiceAccount>(client.as_actor("service-account-controller")).await;
}

impl Required for ServiceAccount {
    const NAME: &'static str = "default";

    fn wanted(namespace: &Namespace) -> ServiceAccount {
        let name = Some(Self::NAME.to_owned());
        ServiceAccount {
            metadata: ObjectMeta { name, namespace: namespace.metadata.name.clone(), ..ObjectMeta::default() },
            ..Default::default()
        }
    }

    fn is_right(&self) -> bool {
        true
    }
}
