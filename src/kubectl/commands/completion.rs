//! `kubectl completion`. Models kubectl/pkg/cmd/completion.

use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::verb::{BASE, Verb};

/// The verb.
pub const VERB: Verb = Verb {
    name: "completion",
    usage: "SHELL",
    short: "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)",
    examples: "# In this terminal Tab completes kubectl's words without it; elsewhere:\nsource <(kubectl completion bash)",
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

/// The terminal's bash asks `kubectl __complete` on Tab by itself; the script only says so to what reads it.
const BASH: &str = "\
# bash completion for kubectl                              -*- shell-script -*-
# Podground's bash asks `kubectl __complete` whenever Tab is pressed, for kubectl and its aliases.
__start_kubectl()
{
    COMPREPLY=($(kubectl __completeNoDesc \"${COMP_WORDS[@]:1}\" 2>/dev/null | grep -v '^:'))
}

if type complete >/dev/null 2>&1; then
    complete -o default -F __start_kubectl kubectl
fi
";

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    match cmd.args() {
        [] => Err(cmd.usage_error("Shell not specified.")),
        [shell] => match shell.as_str() {
            "bash" => {
                cmd.print(BASH).await;
                Ok(())
            }
            "zsh" | "fish" | "powershell" => Err(Fail::Text(format!("completion for {shell} is not simulated in Podground"))),
            other => Err(cmd.usage_error(&format!("Unsupported shell type \"{other}\"."))),
        },
        _ => Err(cmd.usage_error("Too many arguments. Expected only the shell type.")),
    }
}
