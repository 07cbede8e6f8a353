//! Which form of an answer the client takes, and the forms that the engine itself does not make.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::header::HeaderValue;
use podground::api::Status;
use podground::apiserver::Request;

use super::gnostic;

/// Shorter answers are not compressed. Models defaultGzipThresholdBytes of the generic API server.
const GZIP_THRESHOLD_BYTES: usize = 128 * 1024;
/// Models defaultGzipContentEncodingLevel… of the generic API server.
const GZIP_LEVEL: u32 = 1;

/// What a client takes, by the first clause of `Accept` that can be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    pub yaml: bool,
    /// Aggregated discovery in this version of its group.
    pub discovery: Option<&'static str>,
    /// OpenAPI's second generation in protobuf.
    pub gnostic: bool,
}

impl Accept {
    /// Reads the header; `None`: nothing that can be had (protobuf alone, say).
    pub fn of(header: Option<&str>) -> Option<Accept> {
        let Some(header) = header.filter(|header| !header.trim().is_empty()) else {
            return Some(Accept { yaml: false, discovery: None, gnostic: false });
        };
        header.split(',').find_map(|clause| {
            let mut parts = clause.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default().to_ascii_lowercase();
            let parameters: Vec<&str> = parts.collect();
            let discovery = parameters.contains(&"as=APIGroupDiscoveryList");
            let version = ["v2", "v2beta1"].into_iter().find(|version| parameters.contains(&format!("v={version}").as_str()));
            match media.as_str() {
                "application/json" if discovery => version.map(|version| Accept { yaml: false, discovery: Some(version), gnostic: false }),
                "application/json" | "*/*" | "application/*" | "text/plain" | "text/*" => {
                    Some(Accept { yaml: false, discovery: None, gnostic: false })
                }
                gnostic::MEDIA_TYPE | gnostic::OLD_MEDIA_TYPE => Some(Accept { yaml: false, discovery: None, gnostic: true }),
                "application/yaml" => Some(Accept { yaml: true, discovery: None, gnostic: false }),
                _ => None,
            }
        })
    }
}

/// Nothing that the client takes can be had.
pub fn not_acceptable() -> Status {
    let message = "only the following media types are accepted: application/json, application/yaml";
    Status::new(406, "NotAcceptable", message)
}

/// A document in the form that the client takes, and the headers that this changes.
pub fn encode(
    bytes: Vec<u8>,
    asked: &Request,
    accept: &Accept,
    content_type: Option<&HeaderValue>,
) -> (Vec<u8>, Vec<(&'static str, &'static str)>) {
    let mut changes = Vec::new();
    let mut bytes = bytes;
    if accept.yaml
        && content_type.is_some_and(|value| value == "application/json")
        && let Ok(value) = serde_json::from_slice(&bytes)
    {
        bytes = podground::kubectl::printers::yaml::to_yaml(&value).into_bytes();
        changes.push(("content-type", "application/yaml"));
    }
    let takes_gzip = asked
        .header("Accept-Encoding")
        .is_some_and(|header| header.split(',').any(|clause| clause.split(';').next().is_some_and(|name| name.trim() == "gzip")));
    if takes_gzip && bytes.len() >= GZIP_THRESHOLD_BYTES {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(GZIP_LEVEL));
        // Writing to memory does not fail.
        if encoder.write_all(&bytes).is_ok()
            && let Ok(packed) = encoder.finish()
        {
            bytes = packed;
            changes.push(("content-encoding", "gzip"));
            changes.push(("vary", "Accept-Encoding"));
        }
    }
    (bytes, changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_that_can_be_had_is_taken() {
        let json = Some(Accept { yaml: false, discovery: None, gnostic: false });
        assert_eq!(Accept::of(None), json);
        assert_eq!(Accept::of(Some("application/vnd.kubernetes.protobuf,application/json")), json);
        assert_eq!(Accept::of(Some("application/json;as=Table;v=v1;g=meta.k8s.io,application/json")), json);
        assert_eq!(Accept::of(Some("application/vnd.kubernetes.protobuf")), None);
        assert_eq!(Accept::of(Some("application/yaml, */*")).map(|accept| accept.yaml), Some(true));
        let discovery = "application/json;g=apidiscovery.k8s.io;v=v3;as=APIGroupDiscoveryList,\
                         application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
        assert_eq!(Accept::of(Some(discovery)).and_then(|accept| accept.discovery), Some("v2"));
    }
}
