//! One file per verb, and the list of them.

pub mod annotate;
pub mod apply;
pub mod attach;
pub mod common;
pub mod config;
pub mod create;
pub mod delete;
pub mod describe;
pub mod exec;
pub mod get;
pub mod label;
pub mod logs;
pub mod options;
pub mod patch;
pub mod pods;
pub mod run;
pub mod wait;

use super::verb::Verb;

/// The verbs in the order in which kubectl adds them; suggestions come in it.
pub const VERBS: &[&Verb] = &[
    &create::VERB,
    &run::VERB,
    &get::VERB,
    &delete::VERB,
    &describe::VERB,
    &logs::VERB,
    &attach::VERB,
    &exec::VERB,
    &apply::VERB,
    &patch::VERB,
    &wait::VERB,
    &label::VERB,
    &annotate::VERB,
    &config::VERB,
    &options::VERB,
];

/// The groups of the root's help.
pub const GROUPS: &[(&str, &[&str])] = &[
    ("Basic Commands (Beginner)", &["create", "expose", "run", "set"]),
    ("Basic Commands (Intermediate)", &["explain", "get", "edit", "delete"]),
    ("Deploy Commands", &["rollout", "scale", "autoscale"]),
    ("Cluster Management Commands", &["certificate", "cluster-info", "top", "cordon", "uncordon", "drain", "taint"]),
    (
        "Troubleshooting and Debugging Commands",
        &["describe", "logs", "attach", "exec", "port-forward", "proxy", "cp", "auth", "debug", "events"],
    ),
    ("Advanced Commands", &["diff", "apply", "patch", "replace", "wait", "kustomize"]),
    ("Settings Commands", &["label", "annotate", "completion"]),
    ("Subcommands provided by plugins", &[]),
    ("Other Commands", &["api-resources", "api-versions", "config", "kuberc", "plugin", "version"]),
];
