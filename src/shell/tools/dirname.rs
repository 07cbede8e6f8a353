use super::tool::Tool;

pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options("z", &[("zero", 'z')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return t.misuse("missing operand", 1).await;
    }
    let end = if options.has('z') { '\0' } else { '\n' };
    for path in &options.operands {
        let trimmed = path.trim_end_matches('/');
        let parent = match trimmed.rsplit_once('/') {
            _ if path.is_empty() => ".",
            _ if trimmed.is_empty() => "/",
            None => ".",
            Some((parent, _)) => match parent.trim_end_matches('/') {
                "" => "/",
                parent => parent,
            },
        };
        t.out(format!("{parent}{end}")).await;
    }
    0
}
