//! Limit ranges. Models SetDefaults_LimitRangeItem.
use super::resources;
use k8s_openapi::api::core::v1::{LimitRange, LimitRangeItem};

pub(super) fn set(range: &mut LimitRange) {
    let items = range.spec.iter_mut().flat_map(|spec| spec.limits.iter_mut());
    items.for_each(item);
}

fn item(item: &mut LimitRangeItem) {
    let lists = [&mut item.max, &mut item.min, &mut item.default, &mut item.default_request, &mut item.max_limit_request_ratio];
    lists.into_iter().for_each(resources::round_list);
    if item.type_ != "Container" {
        return;
    }
    let default = item.default.get_or_insert_default();
    for (name, value) in item.max.iter().flatten() {
        default.entry(name.clone()).or_insert_with(|| value.clone());
    }
    let request = item.default_request.get_or_insert_default();
    for (name, value) in default.iter() {
        request.entry(name.clone()).or_insert_with(|| value.clone());
    }
    for (name, value) in item.min.iter().flatten() {
        request.entry(name.clone()).or_insert_with(|| value.clone());
    }
    item.default = item.default.take().filter(|list| !list.is_empty());
    item.default_request = item.default_request.take().filter(|list| !list.is_empty());
}
