//! `kubectl config`: the list of its subcommands, and what they share. Models kubectl/pkg/cmd/config.

mod change;
mod contexts;
mod entries;
mod users;
mod view;

use crate::api::base64;
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::kubeconfig::{KubeConfig, read_text};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Map, Value, json};

/// The verb.
pub const VERB: Verb = Verb {
    name: "config",
    usage: "SUBCOMMAND",
    short: "Modify kubeconfig files",
    subcommands: &[
        &contexts::CURRENT,
        &entries::DELETE_CLUSTER,
        &contexts::DELETE_CONTEXT,
        &entries::DELETE_USER,
        &entries::GET_CLUSTERS,
        &contexts::GET_CONTEXTS,
        &entries::GET_USERS,
        &contexts::RENAME,
        &change::SET,
        &entries::SET_CLUSTER,
        &contexts::SET_CONTEXT,
        &users::SET_CREDENTIALS,
        &change::UNSET,
        &contexts::USE,
        &view::VIEW,
    ],
    ..BASE
};

/// The one argument.
async fn only_name(cmd: &Cmd) -> Result<String, Fail> {
    match cmd.args() {
        [name] => Ok(name.clone()),
        _ => Err(unexpected(cmd).await),
    }
}

async fn unexpected(cmd: &Cmd) -> Fail {
    cmd.help_and_error(&format!("Unexpected args: [{}]", cmd.args().join(" "))).await
}

fn set_or_remove(entry: &mut Map<String, Value>, key: &str, value: &str) {
    if value.is_empty() {
        entry.remove(key);
    } else {
        entry.insert(key.into(), json!(value));
    }
}

/// Takes over the flags that are given: an empty one removes its field.
fn put_texts(cmd: &Cmd, entry: &mut Map<String, Value>, keys: &[&str]) {
    for key in keys.iter().filter(|key| cmd.flags.changed(key)) {
        set_or_remove(entry, key, cmd.flags.text(key));
    }
}

/// Removes an entry of a list; what `delete-…` does.
async fn delete(cmd: &Cmd, list: &str, word: &str, name: &str) -> Result<(), Fail> {
    let mut config = cmd.config.clone();
    if !config.remove(list, name) {
        return Err(Fail::Text(format!("cannot delete {word} {name}, not in {}", config.path)));
    }
    if list == "contexts" && config.current() == name {
        cmd.eprint("warning: this removed your active context, use \"kubectl config use-context\" to select a different one\n").await;
    }
    config.save(&cmd.ctx)?;
    cmd.print(&format!("deleted {word} {name} from {}\n", config.path)).await;
    Ok(())
}

/// Puts a file that a flag names into an entry: its path, or with `--embed-certs` its bytes.
async fn put_file(cmd: &Cmd, entry: &mut Map<String, Value>, flag: &str) -> Result<(), Fail> {
    if !cmd.flags.changed(flag) {
        return Ok(());
    }
    let (path, data) = (cmd.flags.text(flag), format!("{flag}-data"));
    if cmd.flags.on("embed-certs") && !path.is_empty() {
        let text = read_text(&cmd.ctx, path).await;
        let text = text.map_err(|_| Fail::Text(format!("could not stat {flag} file {path}: stat {path}: no such file or directory")))?;
        entry.insert(data, json!(base64::encode(text.as_bytes())));
        entry.remove(flag);
    } else {
        let path = if path.is_empty() { String::new() } else { cmd.ctx.resolve(path) };
        set_or_remove(entry, flag, &path);
        entry.remove(&data);
    }
    Ok(())
}

/// Writes the configuration with the entry as it is now.
fn put_entry(cmd: &Cmd, list: &str, name: &str, entry: Map<String, Value>) -> Result<(), Fail> {
    let mut config: KubeConfig = cmd.config.clone();
    if let Some(place) = config.entry_mut(list, name) {
        *place = entry;
    }
    config.save(&cmd.ctx)
}
