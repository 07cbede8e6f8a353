//! Objects as Go's debugging printer writes them, types and all: what Kubernetes hashes to name a version of a pod
//! template. Models `dump.ForHash` of apimachinery (spew's `%#v` without methods, addresses and capacities).

use serde_json::{Map, Value};

use super::quantity::Quantity;
use super::schema::{Field, GoType, Schema, Shape, TypeInfo};

/// Go's names of fields that are not their JSON names with a capital.
const NAMES: &[(&str, &str)] = &[
    ("apiGroup", "APIGroup"),
    ("apiVersion", "APIVersion"),
    ("awsElasticBlockStore", "AWSElasticBlockStore"),
    ("cephfs", "CephFS"),
    ("chapAuthDiscovery", "DiscoveryCHAPAuth"),
    ("chapAuthSession", "SessionCHAPAuth"),
    ("csi", "CSI"),
    ("dnsConfig", "DNSConfig"),
    ("dnsPolicy", "DNSPolicy"),
    ("fc", "FC"),
    ("fsGroup", "FSGroup"),
    ("fsGroupChangePolicy", "FSGroupChangePolicy"),
    ("fsType", "FSType"),
    ("gcePersistentDisk", "GCEPersistentDisk"),
    ("gmsaCredentialSpec", "GMSACredentialSpec"),
    ("gmsaCredentialSpecName", "GMSACredentialSpecName"),
    ("grpc", "GRPC"),
    ("httpGet", "HTTPGet"),
    ("httpHeaders", "HTTPHeaders"),
    ("ip", "IP"),
    ("iqn", "IQN"),
    ("iscsi", "ISCSI"),
    ("iscsiInterface", "ISCSIInterface"),
    ("metadata", "ObjectMeta"),
    ("nfs", "NFS"),
    ("os", "OS"),
    ("pdName", "PDName"),
    ("rbd", "RBD"),
    ("seLinuxChangePolicy", "SELinuxChangePolicy"),
    ("seLinuxOptions", "SELinuxOptions"),
    ("serviceAccount", "DeprecatedServiceAccount"),
    ("sslEnabled", "SSLEnabled"),
    ("tcpSocket", "TCPSocket"),
    ("tty", "TTY"),
    ("uid", "UID"),
    ("wwids", "WWIDs"),
];

/// An object of a type of the schema, by package and name (`core.PodTemplateSpec`), as Go would print it after
/// reading it from the API: what is empty is nil.
pub fn dump(type_name: &str, object: &Value) -> String {
    let mut out = String::new();
    if let Some(info) = Schema::get().find(type_name) {
        out.push_str(&format!("(v1.{})", info.go_name()));
        structure(info, object, &mut out);
    }
    out
}

fn structure(info: &TypeInfo, object: &Value, out: &mut String) {
    let empty = Map::new();
    let fields: Vec<&Field> = info.fields.iter().collect();
    level(&fields, 0, object.as_object().unwrap_or(&empty), out);
}

/// The fields of a struct; those that come through the same embedded struct stand in it.
fn level(mut fields: &[&Field], depth: usize, object: &Map<String, Value>, out: &mut String) {
    out.push('{');
    let mut first = true;
    while let Some(field) = fields.first() {
        if !std::mem::take(&mut first) {
            out.push(' ');
        }
        let count = match field.via.get(depth) {
            Some(embedded) => {
                let count = fields.iter().take_while(|other| other.via.get(depth) == Some(embedded)).count();
                out.push_str(&format!("{embedded}:(v1.{embedded})"));
                level(fields.get(..count).unwrap_or(&[]), depth + 1, object, out);
                count
            }
            None => {
                let name = go_field(&field.name);
                let star = if field.go_type.pointer { "*" } else { "" };
                out.push_str(&format!("{name}:({star}{})", field.go_type.go));
                value(&field.go_type, object.get(&field.name).unwrap_or(&Value::Null), out);
                1
            }
        };
        fields = fields.get(count..).unwrap_or(&[]);
    }
    out.push('}');
}

fn go_field(name: &str) -> String {
    if let Ok(at) = NAMES.binary_search_by(|(json, _)| json.cmp(&name)) {
        return NAMES.get(at).map_or("", |(_, go)| go).to_string();
    }
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

fn value(go_type: &GoType, value: &Value, out: &mut String) {
    const NIL: &str = "<nil>";
    if go_type.pointer && value.is_null() {
        return out.push_str(NIL);
    }
    match &go_type.shape {
        Shape::Struct(id) => {
            if let Some(info) = Schema::get().info(*id) {
                structure(info, value, out);
            }
        }
        Shape::String(_) => out.push_str(value.as_str().unwrap_or("")),
        Shape::Bool => out.push_str(if value.as_bool() == Some(true) { "true" } else { "false" }),
        Shape::Int32 | Shape::Int64 => out.push_str(&value.as_i64().unwrap_or(0).to_string()),
        Shape::Quantity => out.push_str(&Quantity::parse(value.as_str().unwrap_or("0")).unwrap_or_default().go_dump()),
        Shape::IntOrString => out.push_str(&match value {
            Value::String(text) => format!("{{Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string){text}}}"),
            number => format!("{{Type:(intstr.Type)0 IntVal:(int32){} StrVal:(string)}}", number.as_i64().unwrap_or(0)),
        }),
        // No template holds one that is set: the API server drops them.
        Shape::Time | Shape::MicroTime => out.push_str("{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}"),
        Shape::Bytes | Shape::Any => out.push_str(NIL),
        Shape::List(item) => match value.as_array().filter(|list| !list.is_empty()) {
            None => out.push_str(NIL),
            Some(list) => {
                out.push('[');
                for (index, entry) in list.iter().enumerate() {
                    if index > 0 {
                        out.push(' ');
                    }
                    self::value(item, entry, out);
                }
                out.push(']');
            }
        },
        Shape::Map(item) => map(item, value, out),
    }
}

/// Keys in order, without types.
fn map(item: &GoType, value: &Value, out: &mut String) {
    let Some(entries) = value.as_object().filter(|entries| !entries.is_empty()) else { return out.push_str("<nil>") };
    let mut keys: Vec<&String> = entries.keys().collect();
    keys.sort();
    out.push_str("map[");
    for (index, key) in keys.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(key);
        out.push(':');
        self::value(item, entries.get(key.as_str()).unwrap_or(&Value::Null), out);
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_for_the_search() {
        assert!(NAMES.is_sorted());
    }
}
