use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let mut status = 0;
    let names: Vec<&String> = words.iter().skip(1).collect();
    if names.is_empty() {
        if shell.hashed.is_empty() {
            return Ok(if shell.dialect.is_bash() { shell.out("hash", "hash: hash table empty\n").await } else { 0 });
        }
        let mut text = if shell.dialect.is_bash() { "hits\tcommand\n".to_owned() } else { String::new() };
        for path in shell.hashed.values() {
            text.push_str(&if shell.dialect.is_bash() { format!("   1\t{path}\n") } else { format!("{path}\n") });
        }
        return Ok(shell.out("hash", &text).await);
    }
    for name in names {
        if name == "-r" {
            shell.hashed.clear();
        } else if shell.find_command(name).is_err() {
            shell.complain(Some("hash"), &format!("{name}: not found")).await;
            status = 1;
        }
    }
    Ok(status)
}
