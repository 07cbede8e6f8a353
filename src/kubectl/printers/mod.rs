//! What kubectl prints objects with: one file per output format, shared by all verbs.

pub mod custom_columns;
pub mod gofmt;
pub mod json;
pub mod jsonpath;
pub mod kyaml;
pub mod sorter;
pub mod table;
pub mod tabwriter;
pub mod template;
pub mod yaml;
pub mod yaml_scalar;
