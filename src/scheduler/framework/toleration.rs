use k8s_openapi::api::core::v1::{Taint, Toleration};

/// Whether `toleration` covers `taint`. Models `Toleration.ToleratesTaint`.
pub fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let of = |text: &Option<String>| text.as_deref().unwrap_or_default().to_owned();
    let effect = of(&toleration.effect);
    if !effect.is_empty() && effect != taint.effect {
        return false;
    }
    let key = of(&toleration.key);
    if !key.is_empty() && key != taint.key {
        return false;
    }
    match toleration.operator.as_deref().unwrap_or_default() {
        "" | "Equal" => of(&toleration.value) == of(&taint.value),
        "Exists" => true,
        _ => false,
    }
}

/// The first taint of one of the `effects` that no toleration covers. Models `FindMatchingUntoleratedTaint`.
pub fn find_untolerated<'t>(taints: &'t [Taint], tolerations: &[Toleration], effects: &[&str]) -> Option<&'t Taint> {
    let counts = |taint: &&Taint| effects.contains(&taint.effect.as_str());
    taints.iter().filter(counts).find(|taint| !tolerations.iter().any(|toleration| tolerates(toleration, taint)))
}
