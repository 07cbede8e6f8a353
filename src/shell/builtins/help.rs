use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    if let Some(name) = words.get(1)
        && super::find(name, shell.dialect).is_none()
    {
        let message = format!("no help topics match `{name}'.  Try `help help' or `man -k {name}' or `info {name}'.");
        shell.complain(Some("help"), &message).await;
        return Ok(1);
    }
    let mut text = match shell.dialect.is_bash() {
        true => "GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\nThese shell commands are defined internally.\n\n".to_owned(),
        false => "Built-in commands:\n------------------\n".to_owned(),
    };
    let names: Vec<&str> = super::names(shell.dialect).collect();
    for row in names.chunks(8) {
        text.push_str(&format!("\t{}\n", row.join(" ")));
    }
    Ok(shell.out("help", &text).await)
}
