//! Numbers of pods that may be percentages of others. Models apimachinery `pkg/util/intstr`.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// A number, or a percentage of `total`, rounded `up` or down. Models `GetScaledValueFromIntOrPercent`.
pub fn scaled(value: &IntOrString, total: i32, up: bool) -> i32 {
    match value {
        IntOrString::Int(number) => *number,
        IntOrString::String(text) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or(0);
            let hundredths = percent.saturating_mul(total.into()).saturating_add(if up { 99 } else { 0 });
            i32::try_from(hundredths / 100).unwrap_or(i32::MAX)
        }
    }
}
