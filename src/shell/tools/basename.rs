use super::tool::Tool;

pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options("+as:z", &[("multiple", 'a'), ("suffix", 's'), ("zero", 'z')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut operands = options.operands.clone();
    if operands.is_empty() {
        return t.misuse("missing operand", 1).await;
    }
    let mut suffix = options.value('s').map(str::to_owned);
    if suffix.is_none() && !options.has('a') {
        if operands.len() > 2 {
            let extra = operands.get(2).cloned().unwrap_or_default();
            return t.misuse(&format!("extra operand {}", t.quote(&extra)), 1).await;
        }
        suffix = operands.get(1).cloned();
        operands.truncate(1);
    }
    let end = if options.has('z') { '\0' } else { '\n' };
    for path in operands {
        let trimmed = path.trim_end_matches('/');
        let name = if trimmed.is_empty() && !path.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or(trimmed) };
        let name = match &suffix {
            Some(suffix) if name != suffix => name.strip_suffix(suffix.as_str()).unwrap_or(name),
            _ => name,
        };
        t.out(format!("{name}{end}")).await;
    }
    0
}
