use super::tool::Tool;

pub(super) async fn run(t: Tool) -> i32 {
    let word = if t.args.len() > 1 { t.args.get(1..).unwrap_or(&[]).join(" ") } else { "y".into() };
    let block = format!("{word}\n").repeat((4096 / (word.len() + 1)).max(1));
    while t.out(&block).await {
        t.ctx.step().await;
    }
    1
}
