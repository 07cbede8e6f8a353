//! Whether what the flags and the kubeconfig say of certificates, users and preferences can be. Models
//! client-go/tools/clientcmd/validation.go.

use super::command::Cmd;
use super::error::Fail;
use super::kubeconfig::errno_text;
use serde_json::Value;

/// What kubectl can measure of itself.
const PROFILES: &[&str] = &["cpu", "heap", "goroutine", "threadcreate", "block", "mutex", "trace"];

impl Cmd {
    /// Refuses `--profile` and `--kuberc`, which are read before the verb runs.
    pub(super) fn check_preferences(&self) -> Result<(), Fail> {
        let off = |name: &str, value: &str| self.ctx.env(name).is_some_and(|is| is == value);
        if self.flags.changed("kuberc") && !off("KUBECTL_KUBERC", "false") && !off("KUBERC", "off") {
            let path = self.flags.text("kuberc");
            let why = match self.unreadable(path) {
                _ if path.is_empty() => "file is not found".to_owned(),
                Some(why) => format!("error kuberc: {why}"),
                None => return Err("--kuberc is not simulated in Podground".into()),
            };
            return Err(Fail::Raw(format!("error occurred while applying preferences kuberc {why}"), 1));
        }
        match self.flags.text("profile") {
            "none" => Ok(()),
            _ if self.verb.flags.iter().copied().flatten().any(|flag| flag.name == "profile") => Ok(()),
            name if PROFILES.contains(&name) => Err(Fail::Text(format!("--profile={name} is not simulated in Podground"))),
            name => Err(Fail::Text(format!("unknown profile '{name}'"))),
        }
    }

    /// Why a file cannot be read, if so, as Go says it.
    fn unreadable(&self, path: &str) -> Option<String> {
        let found = self.ctx.vfs().metadata(&self.ctx.resolve(path), true, self.ctx.credentials());
        found.err().map(|e| format!("open {path}: {}", errno_text(e)))
    }

    /// What a flag says, or else the entry of the context in use; and the entry's name. A file beside the kubeconfig is
    /// named from there.
    fn of_entry(&self, (list, key): (&str, &str), field: &str) -> String {
        let value = self.entry_value((list, key), field);
        let folder = self.config.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        match self.flags.text(field) {
            "" if value.is_empty() || value.starts_with('/') => value,
            "" => format!("{folder}/{value}"),
            given => given.to_owned(),
        }
    }

    fn entry_value(&self, (list, key): (&str, &str), field: &str) -> String {
        let entry = self.config.entry(list, &self.entry_name(key));
        entry.and_then(|entry| entry.get(field)).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The cluster or the user in use.
    fn entry_name(&self, key: &str) -> String {
        let context = self.config.entry("contexts", self.context());
        let of_context = context.and_then(|c| c.get(key)).and_then(Value::as_str).unwrap_or_default();
        if self.flags.text(key).is_empty() { of_context } else { self.flags.text(key) }.to_owned()
    }

    /// Refuses certificates that are not there, and two ways to say who one is.
    pub(super) fn check_credentials(&self) -> Result<(), Fail> {
        let mut faults = Vec::new();
        let authority = self.of_entry(("clusters", "cluster"), "certificate-authority");
        let unread = |path: &str| if path.is_empty() { None } else { self.unreadable(path) };
        if let Some(why) = unread(&authority) {
            faults.push(format!("unable to read certificate-authority {authority} for {} due to {why}", self.entry_name("cluster")));
        }
        const USER: (&str, &str) = ("users", "user");
        let name = self.entry_name("user");
        let [certificate, key] = ["client-certificate", "client-key"].map(|field| self.of_entry(USER, field));
        if !certificate.is_empty() {
            if key.is_empty() && self.entry_value(USER, "client-key-data").is_empty() {
                faults.push(format!(
                    "client-key-data or client-key must be specified for {name} to use the clientCert authentication method."
                ));
            }
            for (what, path) in [("client-cert", &certificate), ("client-key", &key)] {
                if let Some(why) = unread(path) {
                    faults.push(format!("unable to read {what} {path} for {name} due to {why}"));
                }
            }
        }
        let given = |field: &str| !self.flags.text(field).is_empty() || !self.entry_value(USER, field).is_empty();
        if given("token") && (given("username") || given("password")) {
            faults.push(format!("more than one authentication method found for {name}; found [token basicAuth], only one is allowed"));
        }
        match faults.as_slice() {
            [] => {}
            [one] => return Err(Fail::Text(one.clone())),
            many => {
                let lines: Vec<String> = many.iter().map(|fault| format!("* {fault}")).collect();
                return Err(Fail::Raw(format!("Error in configuration: \n{}", lines.join("\n")), 1));
            }
        }
        // The simulated server has no TLS of its own that one could disagree with.
        match ["certificate-authority", "client-certificate", "tls-server-name"].into_iter().find(|flag| self.flags.changed(flag)) {
            Some(flag) => Err(Fail::Text(format!("--{flag} is not simulated in Podground"))),
            None => Ok(()),
        }
    }

    /// What `--as-user-extra` says of a user; what is no pair says nothing.
    pub(super) fn extras(&self) -> Vec<(String, String)> {
        let pairs = self.flags.list("as-user-extra");
        pairs.iter().filter_map(|pair| pair.split_once('=')).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }
}
