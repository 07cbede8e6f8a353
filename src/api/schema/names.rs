//! Go's types of fields.
use super::TypeId;

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A text; the name of its type if it has one (`core.Protocol`).
    String(Option<String>),
    /// A truth value.
    Bool,
    /// 32 bits.
    Int32,
    /// 64 bits.
    Int64,
    /// Bytes, base64 in JSON.
    Bytes,
    /// A resource quantity.
    Quantity,
    /// A number or a text.
    IntOrString,
    /// A time of whole seconds.
    Time,
    /// A time of microseconds.
    MicroTime,
    /// Any JSON.
    Any,
    /// A struct.
    Struct(TypeId),
    /// A list.
    List(Box<GoType>),
    /// A map from text.
    Map(Box<GoType>),
}

/// A Go type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoType {
    /// What it holds.
    pub shape: Shape,
    /// Whether it is a pointer, so that empty and absent differ.
    pub pointer: bool,
    /// As Go prints it, the pointer's star left out: `[]v1.Container`.
    pub go: String,
}

impl Shape {
    /// The shape inside lists and maps.
    pub fn innermost(&self) -> &Shape {
        match self {
            Self::List(inner) | Self::Map(inner) => inner.shape.innermost(),
            other => other,
        }
    }
}

/// `core.Container` → `v1.Container`; `[]byte` → `[]uint8`.
pub(super) fn go_name(text: &str) -> String {
    let text = text.replace("[]byte", "[]uint8");
    for package in ["core.", "apps.", "batch.", "coordination.", "discovery.", "scheduling.", "autoscaling.", "policy.", "meta."] {
        if let Some(at) = text.find(package) {
            let before = text.get(..at).unwrap_or("");
            if before.is_empty() || before.ends_with(['*', ']']) {
                return format!("{before}v1.{}", text.get(at + package.len()..).unwrap_or(""));
            }
        }
    }
    text
}
