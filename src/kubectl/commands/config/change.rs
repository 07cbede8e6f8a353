//! `kubectl config set|unset`. Models kubectl/pkg/cmd/config/navigation_step_parser.go.

use super::{only_name, unexpected};
use crate::api::base64;
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, parse_bool};
use crate::kubectl::kubeconfig::tidy::{Field, fields};
use crate::kubectl::kubeconfig::{KubeConfig, LISTS};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const SET_FLAGS: &[Flag] = &[flag("set-raw-bytes", FlagKind::Bool, "false", "")];

/// `config set`.
pub const SET: Verb = Verb {
    name: "set",
    usage: "PROPERTY_NAME PROPERTY_VALUE",
    short: "Set an individual value in a kubeconfig file",
    examples: "# The namespace of a context\nkubectl config set contexts.playground.namespace dev",
    flags: &[SET_FLAGS],
    run: |cmd| {
        Box::pin(async move {
            let [name, value] = cmd.args() else { return Err(unexpected(cmd).await) };
            set(cmd, name, value)?.save(&cmd.ctx)?;
            cmd.print(&format!("Property \"{name}\" set.\n")).await;
            Ok(())
        })
    },
    ..BASE
};

/// `config unset`.
pub const UNSET: Verb = Verb {
    name: "unset",
    usage: "PROPERTY_NAME",
    short: "Unset an individual value in a kubeconfig file",
    examples: "# No context in use\nkubectl config unset current-context",
    run: |cmd| {
        Box::pin(async move {
            let name = only_name(cmd).await?;
            unset(cmd, &name)?.save(&cmd.ctx)?;
            cmd.print(&format!("Property \"{name}\" unset.\n")).await;
            Ok(())
        })
    },
    ..BASE
};

/// What a property's name leads to.
enum Place<'a> {
    /// `current-context`, and what every file says of itself.
    Plain(&'a str),
    Colors,
    /// A whole list.
    List(&'static str),
    /// An entry, whose name may have dots.
    Entry(&'static str, String),
    /// One of its fields.
    Field(&'static str, String, &'static str, Field),
}

fn unread(name: &str) -> Fail {
    Fail::Text(format!("unable to parse one or more field values of {name}"))
}

fn place(name: &str) -> Result<Place<'_>, Fail> {
    let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
    let Some(list) = LISTS.iter().copied().find(|list| *list == first) else {
        return match (first, rest) {
            ("current-context" | "kind" | "apiVersion", None) => Ok(Place::Plain(first)),
            ("current-context" | "kind" | "apiVersion", Some(_)) => Err(unread(name)),
            ("preferences", Some("colors")) => Ok(Place::Colors),
            _ => Err(Fail::Text(format!("unable to parse {name} after [] at api.Config"))),
        };
    };
    let Some(rest) = rest else { return Ok(Place::List(list)) };
    let parts: Vec<&str> = rest.split('.').collect();
    // kubectl goes by the names of its structs, where `as` is `act-as`.
    let known = |part: &str| {
        let written = part.strip_prefix("act-").unwrap_or(part);
        fields(list).iter().copied().find(|(name, _)| *name == written && name.starts_with("as") == part.starts_with("act-"))
    };
    let found = parts.iter().enumerate().skip(1).find_map(|(at, part)| Some((at, known(part)?)));
    let Some((at, (field, kind))) = found else { return Ok(Place::Entry(list, rest.to_owned())) };
    if at + 1 < parts.len() {
        return Err(unread(name));
    }
    Ok(Place::Field(list, parts.get(..at).unwrap_or_default().join("."), field, kind))
}

/// kubectl prints where its memory has each entry; here they stand one behind the other from a place of our own.
fn whole(config: &KubeConfig, list: &str) -> Fail {
    let names: Vec<String> =
        config.names(list).iter().zip(0_u64..).map(|(name, at)| format!("{name}:{:#x}", 0xc000_1d8000 + at * 0x80)).collect();
    Fail::Text(format!("can't set a map to a value: map[{}]", names.join(" ")))
}

fn boolean(text: &str) -> Result<Value, Fail> {
    let quoted = crate::kubectl::printers::gofmt::quote(text);
    parse_bool(text).map(Value::Bool).ok_or_else(|| Fail::Text(format!("strconv.ParseBool: parsing {quoted}: invalid syntax")))
}

fn set(cmd: &Cmd, name: &str, text: &str) -> Result<KubeConfig, Fail> {
    let mut config = cmd.config.clone();
    match place(name)? {
        Place::Plain("current-context") => config.value["current-context"] = json!(text),
        // What kind of file it is is written anew each time.
        Place::Plain(_) => {}
        Place::Colors => config.value["preferences"] = json!({ "colors": boolean(text)? }),
        Place::List(list) | Place::Entry(list, _) => return Err(whole(&config, list)),
        Place::Field(list, entry, field, kind) => {
            let value = match kind {
                Field::Text => json!(text),
                Field::Bool => boolean(text)?,
                Field::Bytes if cmd.flags.on("set-raw-bytes") => {
                    json!(base64::encode(text.as_bytes()))
                }
                Field::Bytes => {
                    base64::decode(text).map_err(|why| Fail::Text(format!("error decoding input value: {why}")))?;
                    json!(text)
                }
                Field::List | Field::Tree => {
                    return Err(match field {
                        "extensions" | "as-user-extra" => "can't set a map to a value: map[]".into(),
                        "as-groups" => "unrecognized slice type. string".into(),
                        _ => unread(name),
                    });
                }
            };
            if let Some(entry) = config.entry_mut(list, &entry) {
                entry.insert(field.into(), value);
            }
        }
    }
    Ok(config)
}

fn unset(cmd: &Cmd, name: &str) -> Result<KubeConfig, Fail> {
    let mut config = cmd.config.clone();
    match place(name)? {
        Place::Plain("current-context") => config.value["current-context"] = json!(""),
        Place::Plain(_) => {}
        Place::Colors => drop(config.value.as_object_mut().and_then(|all| all.remove("preferences"))),
        Place::List(list) => config.value[list] = json!([]),
        Place::Entry(list, entry) => drop(config.remove(list, &entry)),
        Place::Field(list, entry, field, _) => {
            if config.entry(list, &entry).is_none() {
                return Err(Fail::Text(format!("current map key `{entry}` is invalid")));
            }
            if let Some(entry) = config.entry_mut(list, &entry) {
                entry.remove(field);
            }
        }
    }
    Ok(config)
}
