//! Trying a manifest out on the API server, as `kubectl apply --dry-run=server` does; nothing is stored, recorded or drawn.

use serde_json::Value;

use super::playground::Session;
use crate::api::decode::{FieldValidation, decode_value};
use crate::api::patch::{self, PatchType, create_three_way_patch};
use crate::api::{Kind, Object, Status};
use crate::apiserver::{Subresource, WriteOptions};
use crate::store::Origin;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl Session {
    /// Why the server would refuse a manifest; nothing if it would take it.
    pub(super) fn dry_run(&self, kind: Kind, manifest: &Value) -> Option<Status> {
        // What the server draws for it (a uid, a name) must not shift what it draws for others.
        self.0.sim.rng().aside(|| self.try_out(kind, manifest)).err()
    }

    fn try_out(&self, kind: Kind, manifest: &Value) -> Result<(), Status> {
        let (server, options) = (self.0.cluster.server(), WriteOptions { dry_run: true });
        let by = Origin::new("kubectl");
        match self.stored(manifest) {
            Some(current) => {
                let new = self.patched(kind, manifest, &current)?;
                server.update(&by, new, Subresource::None, options).map(drop)
            }
            None => {
                let Ok(decoded) = decode_value(kind, manifest) else { return Ok(()) };
                let mut object = decoded.object;
                if kind.info().namespaced && object.namespace().is_empty() {
                    object.meta_mut().namespace = Some(self.current_namespace());
                }
                server.create(&by, object, options).map(drop)
            }
        }
    }

    /// What `kubectl apply` would make of the object that is there.
    fn patched(&self, kind: Kind, manifest: &Value, current: &Object) -> Result<Object, Status> {
        let annotations = current.meta().annotations.as_ref();
        let last = annotations.and_then(|all| all.get(LAST_APPLIED)).and_then(|text| serde_json::from_str(text).ok());
        let mut manifest = manifest.clone();
        if let (true, Some(meta)) = (kind.info().namespaced, manifest.get_mut("metadata").and_then(Value::as_object_mut)) {
            meta.entry("namespace").or_insert_with(|| current.namespace().into()); // as kubectl fills it in
        }
        let current = current.to_json();
        let patch = create_three_way_patch(kind, &last.unwrap_or(Value::Null), &manifest, &current).map_err(Status::bad_request)?;
        let body = patch.to_string();
        Ok(patch::apply(kind, current, PatchType::Strategic, body.as_bytes(), FieldValidation::Ignore)?.object)
    }
}

#[cfg(test)]
mod tests {
    use super::super::view::Options;
    use super::*;

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: main\n    image: nginx\n";

    #[test]
    fn the_server_is_asked_and_nothing_is_left_of_it() {
        let session = Session::new(Options { seed: 7, topology: "classroom".into(), lesson: None, unix_time_at_start: 1_700_000_000 });
        let terminal = session.open_terminal();
        session.write_file("a.yaml", POD);
        session.type_command(terminal, "kubectl apply -f a.yaml");
        session.advance(5_000, usize::MAX);
        let (digest, revision) = (session.digest(), session.0.cluster.server().store().revision());
        assert_eq!(session.diagnose("a.yaml", POD), []);
        // A pod's containers may not be renamed.
        let text = POD.replace("name: main", "name: other");
        let found = session.diagnose("a.yaml", &text);
        assert!(found.iter().any(|fault| fault.message.starts_with("spec") && fault.message.contains("pod updates may not")), "{found:?}");
        let text = POD.replace("  name: a\n", "  name: b\n  namespace: nowhere\n");
        let found = session.diagnose("a.yaml", &text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].message.as_str(), found[0].line), ("namespaces \"nowhere\" not found", 5));
        assert_eq!((session.digest(), session.0.cluster.server().store().revision()), (digest, revision));
    }
}
