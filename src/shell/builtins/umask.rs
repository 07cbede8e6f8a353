use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let mask = shell.ctx.process().umask.get();
    match words.get(1).map(String::as_str) {
        Some("-p") if shell.dialect.is_bash() => Ok(shell.out("umask", &format!("umask {mask:04o}\n")).await),
        None | Some("-p") => Ok(shell.out("umask", &format!("{mask:04o}\n")).await),
        Some("-S") => {
            let part = |shift: u32| {
                let bits = !(mask >> shift) & 7;
                [(4, 'r'), (2, 'w'), (1, 'x')].iter().filter(|(bit, _)| bits & bit != 0).map(|(_, c)| *c).collect::<String>()
            };
            Ok(shell.out("umask", &format!("u={},g={},o={}\n", part(6), part(3), part(0))).await)
        }
        Some(text) if text.starts_with(|c: char| c.is_ascii_digit()) => match u32::from_str_radix(text, 8) {
            Ok(mask) if mask <= 0o777 => {
                shell.ctx.process().umask.set(mask);
                Ok(0)
            }
            _ if shell.dialect.is_bash() => {
                shell.complain(Some("umask"), &format!("{text}: octal number out of range")).await;
                Ok(1)
            }
            _ => illegal(shell, text).await,
        },
        Some(text) => {
            let allowed = !mask & 0o777;
            match super::super::tools::mode::parse(text, allowed, false, 0) {
                Some(mode) => {
                    shell.ctx.process().umask.set(!mode & 0o777);
                    Ok(0)
                }
                None if shell.dialect.is_bash() => {
                    let c = text.chars().find(|c| !"ugoa".contains(*c)).unwrap_or(' ');
                    shell.complain(Some("umask"), &format!("`{c}': invalid symbolic mode operator")).await;
                    Ok(1)
                }
                None => illegal(shell, text).await,
            }
        }
    }
}

async fn illegal(shell: &mut Shell, text: &str) -> Ran {
    let word = if shell.dialect.is_dash() { "Illegal" } else { "illegal" };
    shell.special_error(Some("umask"), &format!("{word} mode: {text}")).await
}
