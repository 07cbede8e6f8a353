//! Files of one volume that lie in each other's way. Models warningsForOverlappingVirtualPaths.

use k8s_openapi::api::core::v1::{KeyToPath, Volume, VolumeProjection};

use super::meta::{items, text};
use crate::api::go::quote;

/// A file, and where it comes from if the volume has several sources.
struct Place {
    path: String,
    source: String,
}

impl Place {
    fn shown(&self) -> String {
        let path = quote(&self.path);
        if self.source.is_empty() { path } else { format!("{path} ({})", self.source) }
    }

    fn overlaps(&self, other: &Place) -> bool {
        self.path == other.path || self.path.starts_with(&format!("{}/", other.path)) || other.path.starts_with(&format!("{}/", self.path))
    }
}

fn places<'a>(paths: impl IntoIterator<Item = &'a str>, source: &str) -> Vec<Place> {
    let place = |path: &str| Place { path: path.trim_end_matches('/').to_owned(), source: source.to_owned() };
    paths.into_iter().map(place).collect()
}

fn keys(items: &[KeyToPath]) -> impl Iterator<Item = &str> {
    items.iter().map(|item| item.path.as_str())
}

fn warn(volume: &str, kind: &str, places: Vec<Place>, warnings: &mut Vec<String>) {
    for (index, place) in places.iter().enumerate() {
        for earlier in places.iter().take(index).filter(|earlier| place.overlaps(earlier)) {
            let volume = quote(volume);
            let (place, earlier) = (place.shown(), earlier.shown());
            warnings.push(format!("volume {volume} ({kind}): overlapping paths: {place} with {earlier}"));
        }
    }
}

/// The warnings of one volume.
pub fn of_volume(volume: &Volume, warnings: &mut Vec<String>) {
    let name = &volume.name;
    if let Some(map) = &volume.config_map {
        let kind = format!("ConfigMap {}", quote(&map.name));
        warn(name, &kind, places(keys(items(&map.items)), ""), warnings);
    }
    if let Some(secret) = &volume.secret {
        let kind = format!("Secret {}", quote(text(&secret.secret_name)));
        warn(name, &kind, places(keys(items(&secret.items)), ""), warnings);
    }
    if let Some(downward) = &volume.downward_api {
        let paths = items(&downward.items).iter().map(|file| file.path.as_str());
        warn(name, "DownwardAPI", places(paths, ""), warnings);
    }
    let Some(projected) = &volume.projected else { return };
    let mut all = Vec::new();
    for source in items(&projected.sources) {
        if *source == VolumeProjection::default() {
            warnings.push(format!("volume {} (Projected) has no sources provided", quote(name)));
        }
        all.extend(of_source(source));
    }
    warn(name, "Projected", all, warnings);
}

fn of_source(source: &VolumeProjection) -> Vec<Place> {
    let mut all = Vec::new();
    if let Some(map) = &source.config_map {
        all.extend(places(keys(items(&map.items)), &format!("ConfigMap {}", quote(&map.name))));
    }
    if let Some(secret) = &source.secret {
        all.extend(places(keys(items(&secret.items)), &format!("Secret {}", quote(&secret.name))));
    }
    if let Some(downward) = &source.downward_api {
        all.extend(places(items(&downward.items).iter().map(|file| file.path.as_str()), "DownwardAPI"));
    }
    if let Some(token) = &source.service_account_token {
        all.extend(places([token.path.as_str()], "ServiceAccountToken"));
    }
    if let Some(bundle) = &source.cluster_trust_bundle {
        all.extend(places([bundle.path.as_str()], "ClusterTrustBundle"));
    }
    all
}
