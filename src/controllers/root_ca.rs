//! Every namespace has the cluster's certificate, to trust the API server by. Models `pkg/controller/certificates/rootcacertpublisher`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::per_namespace::{self, Required};
use crate::client::Client;

/// A certificate of no authority: nothing in the simulation is encrypted.
const CERTIFICATE: &str = include_str!("ca.crt");
const FILE: &str = "ca.crt";
const DESCRIPTION: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal \
    service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

/// Creates and restores the config maps.
pub async fn run(client: Client) {
    per_namespace::run::<ConfigMap>(client.as_actor("root-ca-certificate-publisher-controller")).await;
}

impl Required for ConfigMap {
    const NAME: &'static str = "kube-root-ca.crt";

    fn wanted(namespace: &Namespace) -> ConfigMap {
        ConfigMap {
            metadata: ObjectMeta {
                name: Some(Self::NAME.to_owned()),
                namespace: namespace.metadata.name.clone(),
                annotations: Some(BTreeMap::from([("kubernetes.io/description".to_owned(), DESCRIPTION.to_owned())])),
                ..ObjectMeta::default()
            },
            data: Some(BTreeMap::from([(FILE.to_owned(), CERTIFICATE.to_owned())])),
            ..ConfigMap::default()
        }
    }

    fn is_right(&self) -> bool {
        self.data.as_ref().is_some_and(|data| data.len() == 1 && data.get(FILE).is_some_and(|text| text == CERTIFICATE))
    }
}
