//! The kubeconfig that `--kubeconfig` asks for. Never the learner's own.

use std::net::SocketAddr;
use std::path::Path;

use super::access;

const MARK: &str = "# Written by podground serve\n";

/// Whether the file may be written: it is not `~/.kube/config`, and not somebody else's.
pub fn may_write(file: Option<&Path>) -> Result<(), String> {
    let Some(file) = file else { return Ok(()) };
    let own = std::env::var_os("HOME").map(|home| Path::new(&home).join(".kube/config"));
    let whole = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned());
    if own.is_some_and(|own| whole(&own) == whole(file)) {
        return Err("--kubeconfig: podground never writes ~/.kube/config; name another file and set KUBECONFIG to it".into());
    }
    match std::fs::read_to_string(file) {
        Ok(text) if !text.is_empty() && !text.starts_with(MARK) => {
            Err(format!("--kubeconfig: {} exists and was not written by podground", file.display()))
        }
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(format!("--kubeconfig: {}: {error}", file.display())),
        _ => Ok(()),
    }
}

/// Writes it.
pub fn write(file: &Path, addr: SocketAddr, token: Option<&str>) -> Result<(), String> {
    let mut reached = addr;
    if addr.ip().is_unspecified() {
        reached.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let server = token.map_or_else(|| format!("http://{reached}"), |token| access::url_with_token(reached, token));
    let text = format!(
        "{MARK}apiVersion: v1\nkind: Config\ncurrent-context: playground\n\
         clusters:\n- name: playground\n  cluster:\n    server: {server}\n\
         contexts:\n- name: playground\n  context:\n    cluster: playground\n    user: admin\n\
         users:\n- name: admin\n  user: {{}}\n"
    );
    write_private(file, &text).map_err(|error| format!("--kubeconfig: {}: {error}", file.display()))
}

/// A file that only its owner reads: there may be a token in it.
fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text.as_bytes())
}
