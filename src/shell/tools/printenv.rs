use super::tool::Tool;

pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options("+0", &[("null", '0')], 2).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        let text: String = t.ctx.environment().iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        return i32::from(!t.out(text).await);
    }
    let mut status = 0;
    for name in &options.operands {
        match t.ctx.env(name) {
            Some(value) => drop(t.out(format!("{value}\n")).await),
            None => status = 1,
        }
    }
    status
}
