use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let count = match words.get(1).map(|text| (text, text.parse::<i64>())) {
        None => 1,
        Some((text, Ok(n))) if n < 0 => {
            shell.complain(Some("shift"), &format!("{text}: shift count out of range")).await;
            return Ok(1);
        }
        Some((_, Ok(n))) => n as usize,
        Some((text, Err(_))) if shell.dialect.is_bash() => {
            shell.complain(Some("shift"), &format!("{text}: numeric argument required")).await;
            return Ok(1);
        }
        Some((text, Err(_))) => return shell.special_error(Some("shift"), &format!("Illegal number: {text}")).await,
    };
    if count > shell.positional.len() {
        if shell.dialect.is_dash() {
            return shell.special_error(Some("shift"), "can't shift that many").await;
        }
        return Ok(1);
    }
    shell.positional.drain(..count);
    Ok(0)
}
