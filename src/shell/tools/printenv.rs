use super::tool::Tool;

pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options("+0", &[("null", '0')], 2).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let end = if options.has('0') { '\0' } else { '\n' };
    if options.operands.is_empty() {
        let text: String = t.ctx.environment().iter().map(|(name, value)| format!("{name}={value}{end}")).collect();
        return i32::from(!t.out(text).await);
    }
    let mut status = 0;
    for name in &options.operands {
        match t.ctx.env(name) {
            Some(value) => drop(t.out(format!("{value}{end}")).await),
            None => status = 1,
        }
    }
    status
}
