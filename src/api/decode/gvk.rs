//! Which kind a body says it is, and whether that can be read as the kind of the URL.
use crate::api::go;
use crate::api::json::Node;
use crate::api::object::Kind;

/// Group, version and kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GroupVersionKind {
    pub group: String,
    pub version: String,
    pub kind: String,
}

/// The kinds that the API server's scheme knows, a group version a line. Collected from `register.go` of k8s.io/api.
const SCHEME: &str = include_str!("scheme.txt");
/// Known in every group version. Models metav1.AddToGroupVersion.
const EVERYWHERE: &[&str] = &["WatchEvent", "ListOptions", "GetOptions", "DeleteOptions", "CreateOptions", "UpdateOptions", "PatchOptions"];
/// Known in `v1` besides. Models metav1.AddToGroupVersion, runtime.Scheme.AddUnversionedTypes.
const UNVERSIONED: &[&str] = &["Status", "APIVersions", "APIGroup", "APIGroupList", "APIResourceList"];
/// Kinds that moved here from `extensions/v1beta1`.
const FROM_EXTENSIONS: &[&str] = &["DaemonSet", "Deployment", "ReplicaSet", "Ingress", "NetworkPolicy"];
/// Go's type of what is read first.
const TYPE_META: &str = r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;

impl GroupVersionKind {
    pub fn of(kind: Kind) -> Self {
        let info = kind.info();
        Self { group: info.group.to_string(), version: info.version.to_string(), kind: info.kind.to_string() }
    }

    fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Reads `apiVersion` and `kind`, whatever their case. Models json.SimpleMetaFactory.Interpret.
    pub fn interpret(node: &Node<'_>) -> Result<Self, String> {
        let prefix = "couldn't get version/kind; json parse error: json: cannot unmarshal";
        let entries = match node {
            Node::Null => return Ok(Self::default()),
            Node::Object(entries) => entries,
            other => return Err(format!("{prefix} {} into Go value of type {TYPE_META}", other.go_name())),
        };
        let (mut api_version, mut kind) = ("", "");
        let mut fault = None;
        for (key, value) in entries {
            let (target, field) = if key.eq_ignore_ascii_case("apiVersion") {
                (&mut api_version, "apiVersion")
            } else if key.eq_ignore_ascii_case("kind") {
                (&mut kind, "kind")
            } else {
                continue;
            };
            match value {
                Node::String(text) => *target = text,
                Node::Null => {}
                other => {
                    fault.get_or_insert_with(|| format!("{prefix} {} into Go struct field .{field} of type string", other.go_name()));
                }
            }
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
        let parts: Vec<&str> = api_version.split('/').collect();
        let (group, version) = match parts.as_slice() {
            ["", ""] => ("", ""),
            [version] => ("", *version),
            [group, version] => (*group, *version),
            _ => return Err(format!("unexpected GroupVersion string: {api_version}")),
        };
        Ok(Self { group: group.to_string(), version: version.to_string(), kind: kind.to_string() })
    }

    /// Fills in what is empty. Models json.gvkWithDefaults.
    pub fn with_defaults(mut self, default: &Self) -> Self {
        if self.kind.is_empty() {
            self.kind.clone_from(&default.kind);
        }
        if self.version.is_empty() && self.group.is_empty() {
            self.group.clone_from(&default.group);
        }
        if self.version.is_empty() && self.group == default.group {
            self.version.clone_from(&default.version);
        }
        self
    }

    pub fn check_registered(&self) -> Result<(), String> {
        let api_version = self.api_version();
        let line = SCHEME.lines().find_map(|line| line.split_once(": ").filter(|(name, _)| *name == api_version));
        let listed = line.is_some_and(|(_, kinds)| kinds.split(' ').any(|kind| kind == self.kind));
        let common = line.is_some() && EVERYWHERE.contains(&self.kind.as_str());
        let unversioned = api_version == "v1" && UNVERSIONED.contains(&self.kind.as_str());
        if listed || common || unversioned {
            return Ok(());
        }
        Err(self.not_registered("pkg/api/legacyscheme/scheme.go:30"))
    }

    /// Models NewNotRegisteredErrForKind; `scheme` is the line of Kubernetes' source that made it.
    pub fn not_registered(&self, scheme: &str) -> String {
        let (kind, version) = (go::quote(&self.kind), go::quote(&self.api_version()));
        format!("no kind {kind} is registered for version {version} in scheme \"{scheme}\"")
    }

    pub fn check_convertible(&self, target: &Self) -> Result<(), String> {
        let moved = self.group == "extensions" && FROM_EXTENSIONS.contains(&self.kind.as_str());
        if self.kind == target.kind && (self.group == target.group || moved) {
            return Ok(());
        }
        let package = match target.group.as_str() {
            "" => "core",
            group => group.split('.').next().unwrap_or(group),
        };
        Err(format!("converting ({}.{}) to ({package}.{}): unknown conversion", self.version, self.kind, target.kind))
    }

    /// Models handlers' AcceptsGroupVersion check.
    pub fn check_version(&self, target: &Self) -> Result<(), String> {
        if self.group == target.group && self.version == target.version {
            return Ok(());
        }
        Err(format!(
            "the API version in the data ({}) does not match the expected API version ({})",
            self.api_version(),
            target.api_version()
        ))
    }
}
