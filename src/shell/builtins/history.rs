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

/// `fc -l [FIRST [LAST]]` lists; editing what was typed is not there.
pub(super) async fn fc(shell: &mut Shell, words: Vec<String>) -> Ran {
    let flags: String = words.iter().skip(1).filter(|w| w.starts_with('-') && w.parse::<i64>().is_err()).map(String::as_str).collect();
    if !flags.contains('l') {
        shell.complain(Some("fc"), "editing commands is not simulated in Podground").await;
        return Ok(1);
    }
    // The line that asks is not listed.
    let lines = shell.history.split_last().map_or(Vec::new(), |(_, rest)| rest.to_vec());
    let place = |text: &String| {
        let number: i64 = text.parse().ok()?;
        let at = if number <= 0 { lines.len() as i64 + number } else { number - 1 };
        usize::try_from(at).ok()
    };
    let mut bounds = words.iter().skip(1).filter_map(place);
    let first = bounds.next().unwrap_or(lines.len().saturating_sub(16));
    let last = bounds.next().unwrap_or(lines.len().saturating_sub(1));
    let shown = lines.iter().enumerate().skip(first).take((last + 1).saturating_sub(first));
    let text: String = match flags.contains('n') {
        true => shown.map(|(_, line)| format!("\t {line}\n")).collect(),
        false => shown.map(|(at, line)| format!("{}\t {line}\n", at + 1)).collect(),
    };
    Ok(shell.out("fc", &text).await)
}
