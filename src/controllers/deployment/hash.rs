//! The name of a version of the pod template. Models `controller.ComputeHash`.

use k8s_openapi::api::core::v1::PodTemplateSpec;

use crate::api::go_dump;

/// The letters of safely encoded numbers. Models `rand.SafeEncodeString`.
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// The value of `pod-template-hash`, the same as on a real cluster: FNV-1a of the template as Go prints it, in decimal,
/// its digits written with safe letters. `collisions` is the status's count, if it has one.
pub fn pod_template_hash(template: &PodTemplateSpec, collisions: Option<i32>) -> String {
    let text = go_dump::dump("core.PodTemplateSpec", &serde_json::to_value(template).unwrap_or_default());
    let collisions = collisions.map_or_else(Vec::new, |count| i64::from(count).to_le_bytes().to_vec());
    let mut hash: u32 = 0x811c_9dc5;
    for byte in text.bytes().chain(collisions) {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash.to_string().bytes().map(|digit| char::from(ALPHABET[usize::from(digit) % ALPHABET.len()])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A template as `kubectl create deployment` makes it, with the API server's defaults.
    fn template(app: &str, image: &str, ports: serde_json::Value) -> PodTemplateSpec {
        serde_json::from_value(json!({
            "metadata": {"labels": {"app": app}},
            "spec": {
                "containers": [{
                    "name": "nginx", "image": image, "ports": ports, "imagePullPolicy": "IfNotPresent", "resources": {},
                    "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                }],
                "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
                "securityContext": {}, "schedulerName": "default-scheduler",
            },
        }))
        .unwrap()
    }

    #[test]
    fn hashes_are_those_of_a_real_cluster() {
        let none = json!([]);
        assert_eq!(pod_template_hash(&template("web", "nginx:1.26", none.clone()), None), "777f9fc55f");
        assert_eq!(pod_template_hash(&template("web", "nginx:1.27", none.clone()), None), "7d876db474");
        assert_eq!(pod_template_hash(&template("kubia", "nginx:1.27", none.clone()), None), "57898d784d");
        assert_eq!(pod_template_hash(&template("heal", "nginx:1.27", none), None), "655bcfd55d");
        let ports = json!([{"containerPort": 80, "protocol": "TCP"}]);
        assert_eq!(pod_template_hash(&template("web", "nginx:1.27", ports), None), "cc544bdcc");
    }

    #[test]
    fn a_collision_makes_another_hash() {
        let template = template("web", "nginx:1.26", json!([]));
        assert_ne!(pod_template_hash(&template, None), pod_template_hash(&template, Some(1)));
    }
}
