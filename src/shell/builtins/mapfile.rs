use super::super::state::{Ran, Shell};
use super::super::vars::Value;

/// `mapfile` and `readarray`
pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let mut trim = false;
    let mut name = "MAPFILE".to_owned();
    let mut limit = usize::MAX;
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-t" => trim = true,
            "-n" => limit = rest.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0).unwrap_or(usize::MAX),
            word if !word.starts_with('-') => name = word.to_owned(),
            _ => {}
        }
    }
    let mut items = std::collections::BTreeMap::new();
    while items.len() < limit {
        let line = shell.ctx.read_line(0).await.unwrap_or_default();
        if line.is_empty() {
            break;
        }
        let mut text = String::from_utf8_lossy(&line).into_owned();
        if trim && text.ends_with('\n') {
            text.pop();
        }
        items.insert(items.len() as i64, text);
        shell.ctx.step().await;
    }
    shell.vars.get_mut(&name).value = Value::Indexed(items);
    Ok(0)
}
