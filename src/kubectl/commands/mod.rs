//! One file per verb, and the list of them.

pub mod annotate;
pub mod api_resources;
pub mod api_versions;
pub mod apply;
pub mod attach;
pub mod auth;
pub mod autoscale;
pub mod cluster_info;
pub mod common;
pub mod completion;
pub mod config;
pub mod cordon;
pub mod cp;
pub mod create;
pub mod debug;
pub mod delete;
pub mod describe;
pub mod diff;
pub mod drain;
pub mod edit;
pub mod events;
pub mod exec;
pub mod explain;
pub mod expose;
pub mod get;
pub mod label;
pub mod logs;
pub mod nodes;
pub mod options;
pub mod patch;
pub mod plugin;
pub mod pods;
pub mod port_forward;
pub mod proxy;
pub mod refused;
pub mod replace;
pub mod rollout;
pub mod run;
pub mod scale;
pub mod set;
pub mod taint;
pub mod top;
pub mod version;
pub mod wait;

use super::verb::Verb;

/// The verbs in the order in which kubectl adds them; suggestions come in it.
pub const VERBS: &[&Verb] = &[
    &create::VERB,
    &expose::VERB,
    &run::VERB,
    &set::VERB,
    &explain::VERB,
    &get::VERB,
    &edit::VERB,
    &delete::VERB,
    &rollout::VERB,
    &scale::VERB,
    &autoscale::VERB,
    &refused::CERTIFICATE,
    &cluster_info::VERB,
    &top::VERB,
    &cordon::VERB,
    &cordon::UNCORDON,
    &drain::VERB,
    &taint::VERB,
    &describe::VERB,
    &logs::VERB,
    &attach::VERB,
    &exec::VERB,
    &port_forward::VERB,
    &proxy::VERB,
    &cp::VERB,
    &auth::VERB,
    &debug::VERB,
    &events::VERB,
    &diff::VERB,
    &apply::VERB,
    &patch::VERB,
    &replace::VERB,
    &wait::VERB,
    &refused::KUSTOMIZE,
    &label::VERB,
    &annotate::VERB,
    &completion::VERB,
    &config::VERB,
    &refused::KUBERC,
    &plugin::VERB,
    &version::VERB,
    &api_versions::VERB,
    &api_resources::VERB,
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
