//! `kubectl annotate`. Models kubectl/pkg/cmd/annotate.

use super::common::{ALL, ALL_NAMESPACES, DRY_RUN, FIELD_MANAGER, FIELD_SELECTOR, FILES, LOCAL, OUTPUT, RECORD, SELECTOR};
use super::label::{Words, run};
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::verb::{BASE, Verb};

const FLAGS: &[Flag] = &[
    flag(
        "overwrite",
        FlagKind::Bool,
        "false",
        "If true, allow annotations to be overwritten, otherwise reject annotation updates that overwrite existing annotations.",
    ),
    flag("list", FlagKind::Bool, "false", "If true, display the annotations for a given resource."),
    flag(
        "resource-version",
        FlagKind::Text,
        "",
        "If non-empty, the annotation update will only succeed if this is the current resource-version for the object.",
    ),
];

const ANNOTATIONS: Words = Words { field: "annotations", one: "annotation", files: ["rsrc.yaml", "rsrc.json"], done: "annotated" };

/// The verb.
pub const VERB: Verb = Verb {
    name: "annotate",
    usage: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    short: "Update the annotations on a resource",
    examples: "# Add an annotation\nkubectl annotate pod kubia mycompany.com/someannotation=\"foo bar\"\n\n# Take it away\nkubectl annotate pod kubia mycompany.com/someannotation-",
    flags: &[FLAGS, RECORD, FILES, SELECTOR, FIELD_SELECTOR, ALL, ALL_NAMESPACES, DRY_RUN, OUTPUT, FIELD_MANAGER, LOCAL],
    run: |cmd| Box::pin(run(cmd, &ANNOTATIONS)),
    ..BASE
};
