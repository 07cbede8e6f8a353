//! kubectl's dialect of JSONPath, with its error texts. Models k8s.io/client-go/util/jsonpath.

mod compare;
mod eval;
mod parser;

pub use eval::{JsonPath, Val, print};
