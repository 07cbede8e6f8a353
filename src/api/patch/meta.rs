//! How a field is merged. Models strategicpatch.LookupPatchMeta.
use crate::api::schema::{Field, Schema, Shape};

/// A place in the schema: what lies in an object or a list's items.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lookup {
    shape: Option<&'static Shape>,
    root: Option<&'static crate::api::schema::TypeInfo>,
}

/// A field's strategy.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PatchMeta {
    pub retain_keys: bool,
    pub replace: bool,
    pub merge: bool,
    pub merge_key: &'static str,
}

impl Lookup {
    pub fn of_kind(group: &str, kind: &str) -> Self {
        Self { shape: None, root: Schema::get().kind(group, kind) }
    }

    fn info(&self) -> Option<&'static crate::api::schema::TypeInfo> {
        match self.shape {
            Some(Shape::Struct(id)) => Schema::get().info(*id),
            Some(_) => None,
            None => self.root,
        }
    }

    fn field(&self, key: &str) -> Result<&'static Field, String> {
        let Some(info) = self.info() else {
            let kind = match self.shape {
                Some(Shape::Map(_)) => "map",
                Some(Shape::List(_)) => "slice",
                _ => "string",
            };
            return Err(format!("merging an object in json but data type is not struct, instead is: {kind}"));
        };
        info.field(key).ok_or_else(|| format!("unable to find api field in struct {} for the json field \"{key}\"", info.go_name()))
    }

    /// Models LookupPatchMetadataForStruct.
    pub fn for_struct(&self, key: &str) -> Result<(Self, PatchMeta), String> {
        let field = self.field(key)?;
        Ok((Self { shape: Some(&field.go_type.shape), root: None }, meta(field)))
    }

    /// Models LookupPatchMetadataForSlice.
    pub fn for_list(&self, key: &str) -> Result<(Self, PatchMeta), String> {
        let field = self.field(key)?;
        match &field.go_type.shape {
            Shape::List(item) => Ok((Self { shape: Some(&item.shape), root: None }, meta(field))),
            Shape::Map(_) => Err("expected slice or array type, but got: map".to_string()),
            Shape::Struct(_) => Err("expected slice or array type, but got: struct".to_string()),
            _ => Err("expected slice or array type, but got: string".to_string()),
        }
    }

    /// The struct's name, for errors.
    pub fn name(&self) -> &'static str {
        self.info().map_or("", |info| info.go_name())
    }
}

fn meta(field: &'static Field) -> PatchMeta {
    let has = |name: &str| field.patch_strategy.iter().any(|strategy| strategy == name);
    PatchMeta {
        retain_keys: has("retainKeys"),
        replace: has("replace"),
        merge: has("merge"),
        merge_key: field.patch_merge_key.as_deref().unwrap_or(""),
    }
}
