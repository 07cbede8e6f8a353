use super::tool::{Tool, text};

/// `tsort`: pairs of words in an order that keeps each first before its second.
pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options("", &[], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if let Err(status) = t.extra(&options.operands, 1).await {
        return status;
    }
    let mut status = 0;
    let bytes = t.read_inputs(&options.operands, &mut status).await;
    let words = text(&bytes);
    let words: Vec<&str> = words.split_whitespace().collect();
    let shown = options.operands.first().map_or("-", String::as_str);
    if words.len() % 2 == 1 {
        t.complain(&format!("{shown}: input contains an odd number of tokens")).await;
        return 1;
    }
    let mut names: Vec<&str> = words.clone();
    names.sort_unstable();
    names.dedup();
    let mut pairs: Vec<(&str, &str)> =
        words.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).filter(|(a, b)| a != b).collect();
    // First those that nothing stands before, by name; then each that becomes free by one that was printed.
    let free = |pairs: &[(&str, &str)], name: &str| !pairs.iter().any(|(_, b)| *b == name);
    let mut queue: std::collections::VecDeque<&str> = names.iter().copied().filter(|name| free(&pairs, name)).collect();
    let mut left: Vec<&str> = names.into_iter().filter(|name| !free(&pairs, name)).collect();
    let mut out = String::new();
    while let Some(name) = queue.pop_front() {
        t.ctx.step().await;
        out.push_str(&format!("{name}\n"));
        let behind: Vec<&str> = pairs.iter().rev().filter(|(a, _)| *a == name).map(|(_, b)| *b).collect();
        pairs.retain(|(a, _)| *a != name);
        for next in behind {
            if free(&pairs, next) && left.contains(&next) {
                left.retain(|other| *other != next);
                queue.push_back(next);
            }
        }
    }
    t.out(out).await;
    if left.is_empty() {
        return status;
    }
    t.complain(&format!("{shown}: input contains a loop:")).await;
    for name in &left {
        t.complain(name).await;
    }
    t.out(left.iter().map(|name| format!("{name}\n")).collect::<String>()).await;
    1
}
