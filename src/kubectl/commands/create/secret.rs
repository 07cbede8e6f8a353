//! `kubectl create secret`. Models kubectl/pkg/cmd/create/create_secret*.go.

use super::super::common::{DRY_RUN, FIELD_MANAGER, OUTPUT, SAVE_CONFIG, VALIDATE};
use super::config::{FLAGS, data};
use super::{generated, name_argument};
use crate::api::{Kind, base64};
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::kubeconfig::read_text;
use crate::kubectl::printers::json as go_json;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const TYPE_FLAG: &[Flag] = &[flag("type", FlagKind::Text, "", "The type of secret to create")];

/// `create secret`.
pub const SECRET: Verb = Verb {
    name: "secret",
    usage: "(docker-registry | generic | tls)",
    short: "Create a secret using a specified subcommand",
    subcommands: &[&DOCKER_REGISTRY, &GENERIC, &TLS],
    ..BASE
};

const GENERIC: Verb = Verb {
    name: "generic",
    usage: "NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
    short: "Create a secret from a local file, directory, or literal value",
    examples: "# From a value\nkubectl create secret generic door --from-literal=code=1234",
    flags: &[FLAGS, TYPE_FLAG, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| {
        Box::pin(async move {
            let name = name_argument(cmd)?;
            let mut object = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name } });
            let data = data(cmd, Kind::Secret).await?;
            if !data.is_empty() {
                object["data"] = Value::Object(data.into_iter().map(|(k, v)| (k, json!(base64::encode(v.as_bytes())))).collect());
            }
            if cmd.flags.changed("type") {
                object["type"] = json!(cmd.flags.text("type"));
            }
            generated(cmd, Kind::Secret, object).await
        })
    },
    ..BASE
};

const REGISTRY_FLAGS: &[Flag] = &[
    flag("append-hash", FlagKind::Bool, "false", "Append a hash of the secret to its name."),
    flag("docker-email", FlagKind::Text, "", "Email for Docker registry"),
    flag("docker-password", FlagKind::Text, "", "Password for Docker registry authentication"),
    flag("docker-server", FlagKind::Text, "https://index.docker.io/v1/", "Server location for Docker registry"),
    flag("docker-username", FlagKind::Text, "", "Username for Docker registry authentication"),
    flag(
        "from-file",
        FlagKind::Slice,
        "",
        "Key files can be specified using their file path, in which case a default name of .dockerconfigjson will be given to them, or optionally with a name and file path, in which case the given name will be used.",
    ),
];

const DOCKER_REGISTRY: Verb = Verb {
    name: "docker-registry",
    usage: "NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]",
    short: "Create a secret for use with a Docker registry",
    examples: "# For a registry of one's own\nkubectl create secret docker-registry regcred --docker-server=registry.example.com --docker-username=me --docker-password=secret",
    flags: &[REGISTRY_FLAGS, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(docker_registry(cmd)),
    ..BASE
};

const DOCKER_KEY: &str = ".dockerconfigjson";

async fn docker_registry(cmd: &Cmd) -> Result<(), Fail> {
    let name = name_argument(cmd)?;
    let [user, password, email, server] =
        ["docker-username", "docker-password", "docker-email", "docker-server"].map(|flag| cmd.flags.text(flag).to_owned());
    let mut data = serde_json::Map::new();
    let files = cmd.flags.list("from-file");
    if files.is_empty() {
        if user.is_empty() || password.is_empty() || server.is_empty() {
            return Err(
                "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required".into()
            );
        }
        // In the order of the struct's fields.
        let auth = base64::encode(format!("{user}:{password}").as_bytes());
        let fields = [("username", &user), ("password", &password), ("email", &email), ("auth", &auth)];
        let fields = fields.iter().filter(|(_, value)| !value.is_empty());
        let entry: Vec<String> = fields.map(|(key, value)| format!("\"{key}\":{}", go_json::compact(&json!(value)))).collect();
        let config = format!("{{\"auths\":{{{}:{{{}}}}}}}", go_json::compact(&json!(server)), entry.join(","));
        data.insert(DOCKER_KEY.into(), json!(base64::encode(config.as_bytes())));
    }
    for source in files {
        let (key, path) = source.split_once('=').unwrap_or((DOCKER_KEY, &source));
        let text = read_text(&cmd.ctx, path).await.map_err(|_| Fail::Text(format!("error reading {path}: no such file or directory")))?;
        data.insert(key.into(), json!(base64::encode(text.as_bytes())));
    }
    let object = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name }, "data": data, "type": "kubernetes.io/dockerconfigjson",
    });
    generated(cmd, Kind::Secret, object).await
}

const TLS_FLAGS: &[Flag] = &[
    flag("append-hash", FlagKind::Bool, "false", "Append a hash of the secret to its name."),
    flag("cert", FlagKind::Text, "", "Path to PEM encoded public key certificate."),
    flag("key", FlagKind::Text, "", "Path to private key associated with given certificate."),
];

const TLS: Verb = Verb {
    name: "tls",
    usage: "NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]",
    short: "Create a TLS secret",
    examples: "# From the two files of a certificate\nkubectl create secret tls site --cert=site.crt --key=site.key",
    flags: &[TLS_FLAGS, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(tls(cmd)),
    ..BASE
};

async fn tls(cmd: &Cmd) -> Result<(), Fail> {
    let name = name_argument(cmd)?;
    if cmd.flags.text("key").is_empty() || cmd.flags.text("cert").is_empty() {
        return Err("key and cert must be specified".into());
    }
    let unread = |file: &str, e: Fail| Fail::Text(format!("Cannot read file {file}, {}", e.message()));
    let (cert_file, key_file) = (cmd.flags.text("cert"), cmd.flags.text("key"));
    let cert = read_text(&cmd.ctx, cert_file).await.map_err(|e| unread(cert_file, e))?;
    let key = read_text(&cmd.ctx, key_file).await.map_err(|e| unread(key_file, e))?;
    // Whether they belong together is not looked at: nothing here reads certificates.
    if !cert.contains("-----BEGIN ") || !key.contains("-----BEGIN ") {
        return Err("tls: failed to find any PEM data in certificate input".into());
    }
    let object = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name }, "type": "kubernetes.io/tls",
        "data": { "tls.crt": base64::encode(cert.as_bytes()), "tls.key": base64::encode(key.as_bytes()) },
    });
    generated(cmd, Kind::Secret, object).await
}
