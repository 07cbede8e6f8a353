//! The name of a version of the pod template. Models `controller.ComputeHash`.

use k8s_openapi::api::core::v1::PodTemplateSpec;

/// The letters of safely encoded numbers. Models `rand.SafeEncodeString`.
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// The value of `pod-template-hash`: the template's FNV-1a in decimal, its digits written with safe letters.
pub fn pod_template_hash(template: &PodTemplateSpec, collisions: i32) -> String {
    // The real one hashes Go's dump of the struct, ours its JSON: different numbers of the same look.
    let text = serde_json::to_string(template).unwrap_or_default();
    let collisions = if collisions > 0 { collisions.to_le_bytes().to_vec() } else { Vec::new() };
    let mut hash: u32 = 0x811c_9dc5;
    for byte in text.bytes().chain(collisions) {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash.to_string().bytes().map(|digit| char::from(ALPHABET[usize::from(digit) % ALPHABET.len()])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_have_the_alphabet_of_encoded_digits() {
        let hash = pod_template_hash(&PodTemplateSpec::default(), 0);
        assert!(hash.chars().all(|c| "456789bcdf".contains(c)), "{hash}");
        assert_ne!(hash, pod_template_hash(&PodTemplateSpec::default(), 1));
    }
}
