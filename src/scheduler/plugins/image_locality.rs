//! Nodes that have the images already are better. Models `plugins/imagelocality`.

use crate::scheduler::framework::{MAX_NODE_SCORE, NodeInfo, Plugin, PodInfo, Scorer, Snapshot};

/// See the module.
pub struct ImageLocality;

const MEBIBYTE: i64 = 1024 * 1024;
/// Images below this size do not count. Models `minThreshold`.
const MIN_THRESHOLD_BYTES: i64 = 23 * MEBIBYTE;
/// Images above this size count fully. Models `maxContainerThreshold`.
const MAX_CONTAINER_THRESHOLD_BYTES: i64 = 1000 * MEBIBYTE;

impl Plugin for ImageLocality {
    fn name(&self) -> &'static str {
        "ImageLocality"
    }

    fn pre_score<'a>(&self, pod: &'a PodInfo, snapshot: &'a Snapshot, _feasible: &[&'a NodeInfo]) -> Option<Box<dyn Scorer + 'a>> {
        let spec = pod.pod.spec.as_ref()?;
        let containers = spec.init_containers.iter().flatten().chain(&spec.containers);
        let names: Vec<String> = containers.map(|container| normalized(container.image.as_deref().unwrap_or_default())).collect();
        let total = snapshot.nodes().len();
        let spread = |name: String| {
            let nodes = snapshot.nodes_with_image(&name);
            (name, nodes as f64 / total.max(1) as f64)
        };
        Some(Box::new(Score { images: names.into_iter().map(spread).collect() }))
    }
}

struct Score {
    /// Each container's image, and the share of nodes that have it.
    images: Vec<(String, f64)>,
}

impl Scorer for Score {
    fn score(&self, node: &NodeInfo) -> i64 {
        // An image that few nodes have draws less, so that not every pod goes where the first one went.
        // Most images are on no node yet: nothing to look up.
        let scaled = |(name, share): &(String, f64)| {
            if *share == 0.0 { 0 } else { node.images.get(name).map_or(0, |size| (*size as f64 * share) as i64) }
        };
        let sum = self.images.iter().map(scaled).fold(0, i64::saturating_add);
        let highest = MAX_CONTAINER_THRESHOLD_BYTES * self.images.len().max(1) as i64;
        let sum = sum.clamp(MIN_THRESHOLD_BYTES, highest);
        MAX_NODE_SCORE * (sum - MIN_THRESHOLD_BYTES) / (highest - MIN_THRESHOLD_BYTES)
    }
}

/// The name with a tag. Models `normalizedImageName`.
fn normalized(name: &str) -> String {
    if name.rfind(':') <= name.rfind('/') { format!("{name}:latest") } else { name.to_owned() }
}
