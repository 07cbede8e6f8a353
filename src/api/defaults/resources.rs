//! Quantities of resources. Models SetDefaults_ResourceList: nothing finer than a thousandth is kept.
use crate::api::quantity::Quantity;
use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as QuantityText;
use std::collections::BTreeMap;

pub(super) fn zero() -> QuantityText {
    QuantityText("0".to_string())
}

pub(super) fn round(resources: &mut ResourceRequirements) {
    round_list(&mut resources.limits);
    round_list(&mut resources.requests);
}

pub(super) fn round_list(list: &mut Option<BTreeMap<String, QuantityText>>) {
    for text in list.iter_mut().flat_map(BTreeMap::values_mut) {
        if let Ok(quantity) = Quantity::parse(&text.0) {
            let rounded = quantity.round_up_to_milli().to_string();
            if rounded != text.0 {
                text.0 = rounded;
            }
        }
    }
}
