use super::super::format;
use super::tool::Tool;

pub(super) async fn run(mut t: Tool) -> i32 {
    // Negative numbers are operands.
    let negative = |a: &String| a.strip_prefix('-').is_some_and(|d| d.starts_with(|c: char| c.is_ascii_digit() || c == '.'));
    let number = |a: &String| a.parse::<f64>().is_ok();
    if let Some(at) = t.args.iter().skip(1).position(number).map(|at| at + 1).filter(|at| t.args.get(*at).is_some_and(negative)) {
        t.args.insert(at, "--".into());
    }
    let options = match t.options("+s:wf:", &[("separator", 's'), ("equal-width", 'w'), ("format", 'f')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let operands = &options.operands;
    let mut numbers = Vec::new();
    for text in operands {
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => numbers.push(number),
            _ if t.busybox() => return t.hint(1).await,
            _ => return t.misuse(&format!("invalid floating point argument: {}", t.quote(text)), 1).await,
        }
    }
    if let Some(pattern) = options.value('f') {
        let directive = pattern.replace("%%", "");
        let after = directive
            .split_once('%')
            .map(|(_, rest)| rest.trim_start_matches(|c: char| "-+ #0'".contains(c) || c.is_ascii_digit() || c == '.'));
        let complaint = match after.map(|rest| rest.chars().next()) {
            None => Some(format!("format {} has no % directive", t.quote(pattern))),
            Some(None) => Some(format!("format {} ends in %", t.quote(pattern))),
            Some(Some(letter)) if !"efgaEFGA".contains(letter) => {
                Some(format!("format {} has unknown %{letter} directive", t.quote(pattern)))
            }
            _ => None,
        };
        if let Some(complaint) = complaint {
            t.complain(&complaint).await;
            return 1;
        }
    }
    let (first, step, last) = match numbers.as_slice() {
        [] => return t.misuse("missing operand", 1).await,
        [last] => (1.0, 1.0, *last),
        [first, last] => (*first, 1.0, *last),
        [first, step, last] => (*first, *step, *last),
        _ if t.busybox() => return t.hint(1).await,
        _ => return t.misuse(&format!("extra operand {}", t.quote(operands.get(3).map_or("", String::as_str))), 1).await,
    };
    if step == 0.0 {
        return t.misuse(&format!("invalid Zero increment value: {}", t.quote(operands.get(1).map_or("", String::as_str))), 1).await;
    }
    let places = |s: &String| s.split_once('.').map_or(0, |(_, f)| f.len());
    let used = operands.len().saturating_sub(1).max(1);
    let precision = operands.iter().take(if operands.len() == 1 { 0 } else { used }).map(places).max().unwrap_or(0);
    let width = if options.has('w') { [first, last].iter().map(|n| format!("{n:.precision$}").len()).max().unwrap_or(0) } else { 0 };
    let separator = options.value('s').unwrap_or("\n").replace("\\n", "\n").replace("\\t", "\t");
    let mut out = String::new();
    let mut i = 0u64;
    loop {
        let value = first + step * i as f64;
        if (step > 0.0 && value > last + step.abs() * 1e-9) || (step < 0.0 && value < last - step.abs() * 1e-9) {
            break;
        }
        if i > 0 {
            out.push_str(&separator);
        }
        match options.value('f') {
            Some(pattern) => {
                let printed = format::printf(pattern, &[value.to_string()], format::Flavor::Coreutils);
                out.push_str(&String::from_utf8_lossy(&printed.output));
            }
            None => out.push_str(&format!("{value:0width$.precision$}")),
        }
        i += 1;
        if out.len() > 60_000 && !t.out(std::mem::take(&mut out)).await {
            return 1;
        }
    }
    if i > 0 {
        out.push('\n');
    }
    i32::from(!t.out(out).await)
}
