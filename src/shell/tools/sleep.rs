use std::time::Duration;

use super::tool::Tool;

/// `0.5`, `3s`, `2m`, `1h`, `1d`, `infinity`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = match text.char_indices().last()? {
        (i, c) if c.is_ascii_alphabetic() && text != "inf" && text != "infinity" => (text.get(..i)?, c),
        _ => (text, 's'),
    };
    let factor = match unit {
        's' => 1.0,
        'm' => 60.0,
        'h' => 3600.0,
        'd' => 86400.0,
        _ => return None,
    };
    if number.starts_with(['+', '-']) {
        return None;
    }
    let seconds = number.parse::<f64>().ok().filter(|n| !n.is_nan())? * factor;
    Some(Duration::try_from_secs_f64(seconds.min(1e10)).unwrap_or_default())
}

pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options("", &[], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return t.misuse("missing operand", 1).await;
    }
    let mut total = Duration::ZERO;
    let mut bad = false;
    for text in &options.operands {
        match duration(text) {
            Some(duration) => total += duration,
            None if t.busybox() => {
                t.ctx.eprint(&format!("sleep: invalid number '{text}'\n")).await;
                return 1;
            }
            None => {
                t.complain(&format!("invalid time interval {}", t.quote(text))).await;
                bad = true;
            }
        }
    }
    if bad {
        return t.hint(1).await;
    }
    t.ctx.sleep(total).await;
    0
}
