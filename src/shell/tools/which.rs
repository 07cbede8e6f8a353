use super::tool::Tool;

pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options("as", &[], 2).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut status = i32::from(options.operands.is_empty());
    let path = t.ctx.env("PATH").unwrap_or_default();
    for name in &options.operands {
        let runs = |path: &str| t.meta(path, true).is_ok_and(|m| !m.is_dir()) && t.vfs().access(&t.path(path), 1, t.who()).is_ok();
        let found: Vec<String> = if name.contains('/') {
            Some(name.clone()).filter(|n| runs(n)).into_iter().collect()
        } else {
            path.split(':').map(|dir| format!("{dir}/{name}")).filter(|p| runs(p)).collect()
        };
        if found.is_empty() {
            status = 1;
        }
        for path in found.iter().take(if options.has('a') { usize::MAX } else { 1 }) {
            t.out(format!("{path}\n")).await;
        }
    }
    status
}
