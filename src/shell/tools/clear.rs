use super::tool::Tool;

pub(super) async fn run(t: Tool) -> i32 {
    i32::from(!t.out("\u{1b}[H\u{1b}[2J\u{1b}[3J").await)
}
