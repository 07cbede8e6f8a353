//! Volumes, of pods and of pod templates.

use super::writer::{Writer, shown};
use crate::kubectl::command::{at, int, items, text};
use serde_json::Value;

/// A volume's source: its field, its type in words, and what is told of it: labels and fields, `;` between them. What
/// ends a field says how it is told: `?` a truth and `#` a number that may be left out, `|word` the word for a field left
/// out, `~word` that also for zero, `,` a list in words, `&` a reference to a secret.
type Source = (&'static str, &'static str, &'static str);

const SOURCES: &[Source] = &[
    ("hostPath", "HostPath (bare host directory volume)", "Path=path;HostPathType=type|<none>"),
    ("emptyDir", "EmptyDir (a temporary directory that shares a pod's lifetime)", "Medium=medium;SizeLimit=sizeLimit~<unset>"),
    (
        "gcePersistentDisk",
        "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        "PDName=pdName;FSType=fsType;Partition=partition#;ReadOnly=readOnly?",
    ),
    (
        "awsElasticBlockStore",
        "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
        "VolumeID=volumeID;FSType=fsType;Partition=partition#;ReadOnly=readOnly?",
    ),
    ("gitRepo", "GitRepo (a volume that is pulled from git when the pod is created)", "Repository=repository;Revision=revision"),
    ("secret", "Secret (a volume populated by a Secret)", "SecretName=secretName;Optional=optional?"),
    ("configMap", "ConfigMap (a volume populated by a ConfigMap)", "Name=name;Optional=optional?"),
    ("nfs", "NFS (an NFS mount that lasts the lifetime of a pod)", "Server=server;Path=path;ReadOnly=readOnly?"),
    (
        "iscsi",
        "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
        "TargetPortal=targetPortal;IQN=iqn;Lun=lun#;ISCSIInterface=iscsiInterface;FSType=fsType;ReadOnly=readOnly?;Portals=portals|[];\
         DiscoveryCHAPAuth=chapAuthDiscovery?;SessionCHAPAuth=chapAuthSession?;SecretRef=secretRef&;InitiatorName=initiatorName|<none>",
    ),
    (
        "glusterfs",
        "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
        "EndpointsName=endpoints;Path=path;ReadOnly=readOnly?",
    ),
    (
        "persistentVolumeClaim",
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        "ClaimName=claimName;ReadOnly=readOnly?",
    ),
    (
        "rbd",
        "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
        "CephMonitors=monitors|[];RBDImage=image;FSType=fsType;RBDPool=pool;RadosUser=user;Keyring=keyring;SecretRef=secretRef&;ReadOnly=readOnly?",
    ),
    ("quobyte", "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)", "Registry=registry;Volume=volume;ReadOnly=readOnly?"),
    ("photonPersistentDisk", "PhotonPersistentDisk (a Persistent Disk resource in photon platform)", "PdID=pdID;FSType=fsType"),
    ("portworxVolume", "PortworxVolume (a Portworx Volume resource)", "VolumeID=volumeID"),
    (
        "scaleIO",
        "ScaleIO (a persistent volume backed by a block device in ScaleIO)",
        "Gateway=gateway;System=system;Protection Domain=protectionDomain;Storage Pool=storagePool;Storage Mode=storageMode;\
         VolumeName=volumeName;FSType=fsType;ReadOnly=readOnly?",
    ),
    (
        "storageos",
        "StorageOS (a StorageOS Persistent Disk resource)",
        "VolumeName=volumeName;VolumeNamespace=volumeNamespace;FSType=fsType;ReadOnly=readOnly?",
    ),
    ("flocker", "Flocker (a Flocker volume mounted by the Flocker agent)", "DatasetName=datasetName;DatasetUUID=datasetUUID"),
    (
        "azureDisk",
        "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
        "DiskName=diskName;DiskURI=diskURI;Kind=kind;FSType=fsType;CachingMode=cachingMode;ReadOnly=readOnly?",
    ),
    (
        "vsphereVolume",
        "vSphereVolume (a Persistent Disk resource in vSphere)",
        "VolumePath=volumePath;FSType=fsType;StoragePolicyName=storagePolicyName",
    ),
    (
        "cinder",
        "Cinder (a Persistent Disk resource in OpenStack)",
        "VolumeID=volumeID;FSType=fsType;ReadOnly=readOnly?;SecretRef=secretRef&",
    ),
    (
        "cephfs",
        "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
        "Monitors=monitors|[];Path=path;User=user;SecretFile=secretFile;SecretRef=secretRef&;ReadOnly=readOnly?",
    ),
    ("fc", "FC (a Fibre Channel disk)", "TargetWWNs=targetWWNs,;LUN=lun|<none>;FSType=fsType;ReadOnly=readOnly?"),
    (
        "azureFile",
        "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
        "SecretName=secretName;ShareName=shareName;ReadOnly=readOnly?",
    ),
    (
        "flexVolume",
        "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
        "Driver=driver;FSType=fsType;SecretRef=secretRef&;ReadOnly=readOnly?;Options=options|map[]",
    ),
    ("csi", "CSI (a Container Storage Interface (CSI) volume source)", "Driver=driver;FSType=fsType;ReadOnly=readOnly?"),
    ("image", "Image (a container image or OCI artifact)", "Reference=reference;PullPolicy=pullPolicy"),
];

/// Volumes with what is behind each.
pub fn describe_volumes(w: &mut Writer, volumes: &[Value], space: &str) {
    if volumes.is_empty() {
        w.line(0, &format!("{space}Volumes:\t<none>"));
        return;
    }
    w.line(0, &format!("{space}Volumes:"));
    let indent = if space.is_empty() { "" } else { " " };
    for volume in volumes {
        w.line(1, &format!("{indent}{}:", text(volume, &["name"])));
        one_volume(w, volume);
    }
}

fn one_volume(w: &mut Writer, volume: &Value) {
    let part = |key: &str| volume.get(key).filter(|v| v.is_object());
    if let Some((key, kind, fields)) = SOURCES.iter().find(|(key, ..)| part(key).is_some()) {
        w.field(2, "Type", kind);
        let source = &volume[*key];
        fields.split(';').for_each(|field| field_of(w, source, field));
        if *key == "csi" {
            map_below(w, "VolumeAttributes", source.get("volumeAttributes"), ("=", "<none>"));
        }
    } else if let Some(v) = part("downwardAPI") {
        w.field(2, "Type", "DownwardAPI (a volume populated by information about the pod)");
        w.line(2, "Items:");
        for item in items(v, &["items"]) {
            let from = text(item, &["fieldRef", "fieldPath"]) + &text(item, &["resourceFieldRef", "resource"]);
            w.line(3, &format!("{from} -> {}", text(item, &["path"])));
        }
    } else if let Some(v) = part("projected") {
        projected(w, v);
    } else if let Some(v) = part("ephemeral") {
        w.field(2, "Type", "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)");
        claim(w, v.get("volumeClaimTemplate").unwrap_or(&Value::Null));
    } else {
        w.line(1, "<unknown>");
    }
}

fn field_of(w: &mut Writer, source: &Value, field: &str) {
    let (label, field) = field.split_once('=').unwrap_or_default();
    let (name, rule) = field.split_at(field.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(field.len()));
    let value = source.get(name);
    let told = match (rule.chars().next(), value) {
        (Some('?'), _) => (value == Some(&Value::Bool(true))).to_string(),
        (Some('#'), _) => int(source, &[name]).to_string(),
        (Some('|'), None) => rule[1..].to_owned(),
        (Some('~'), _) if matches!(shown(value).as_str(), "" | "0") => rule[1..].to_owned(),
        (Some(','), _) => items(source, &[name]).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        (Some('&'), None) => "nil".to_owned(),
        (Some('&'), Some(secret)) => format!("&LocalObjectReference{{Name:{},}}", text(secret, &["name"])),
        _ => shown(value),
    };
    // kubectl forgets this one's colon.
    let colon = if label == "ISCSIInterface" { "" } else { ":" };
    w.line(2, &format!("{label}{colon}\t{told}"));
}

/// A map below a volume: its lines are indented once more, by kubectl's way of writing them in pieces.
fn map_below(w: &mut Writer, title: &str, map: Option<&Value>, (between, none): (&str, &str)) {
    let mut head = format!("{title}:");
    for (key, value) in map.and_then(Value::as_object).into_iter().flatten() {
        w.line(2, &format!("{head}\t    {key}{between}{}", value.as_str().unwrap_or_default()));
        head = "    ".to_owned();
    }
    if head.ends_with(':') {
        w.line(2, &format!("{head}\t{none}"));
    }
}

/// The claim that an ephemeral volume makes.
fn claim(w: &mut Writer, claim: &Value) {
    w.field(2, "StorageClass", &text(claim, &["spec", "storageClassName"]));
    w.field(2, "Volume", &text(claim, &["spec", "volumeName"]));
    map_below(w, "Labels", at(claim, &["metadata", "labels"]), ("=", "    <none>"));
    map_below(w, "Annotations", at(claim, &["metadata", "annotations"]), (": ", "    <none>"));
    w.field(2, "Capacity", "");
    w.field(2, "Access Modes", "");
    let mode = text(claim, &["spec", "volumeMode"]);
    if !mode.is_empty() {
        w.field(2, "VolumeMode", &mode);
    }
    if let Some(source) = at(claim, &["spec", "dataSource"]) {
        w.line(2, "DataSource:");
        for (label, key) in [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")] {
            if let Some(value) = source.get(key).filter(|value| !value.is_null()) {
                w.field(3, label, &shown(Some(value)));
            }
        }
    }
}

fn projected(w: &mut Writer, volume: &Value) {
    w.field(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
    for source in items(volume, &["sources"]) {
        let named = |label: &str, v: &Value, w: &mut Writer| {
            w.field(2, label, &text(v, &["name"]));
            w.field(2, "Optional", &(v.get("optional") == Some(&Value::Bool(true))).to_string());
        };
        if let Some(secret) = source.get("secret") {
            named("SecretName", secret, w);
        } else if source.get("downwardAPI").is_some() {
            w.field(2, "DownwardAPI", "true");
        } else if let Some(map) = source.get("configMap") {
            named("ConfigMapName", map, w);
        } else if let Some(token) = source.get("serviceAccountToken") {
            w.field(2, "TokenExpirationSeconds", &int(token, &["expirationSeconds"]).to_string());
        }
    }
}
