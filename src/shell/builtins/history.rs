use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    match words.get(1).map(String::as_str) {
        Some("-c") => {
            shell.history.clear();
            Ok(0)
        }
        Some(text) if text.parse::<usize>().is_err() => {
            shell.complain(Some("history"), &format!("{text}: numeric argument required")).await;
            Ok(1)
        }
        count => {
            let wanted = count.and_then(|t| t.parse::<usize>().ok()).unwrap_or(usize::MAX);
            let skip = shell.history.len().saturating_sub(wanted);
            let lines = shell.history.iter().enumerate().skip(skip);
            let text: String = lines.map(|(i, line)| format!("{:>5}  {line}\n", i + 1)).collect();
            Ok(shell.out("history", &text).await)
        }
    }
}
