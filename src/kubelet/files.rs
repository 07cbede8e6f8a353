//! The files that the kubelet writes for every container: `/etc/hosts` and `/etc/resolv.conf`.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::Pod;

use super::record::{namespace_of, spec_of};
use crate::network::dns::CLUSTER_DOMAIN;

/// `/etc/hosts`. Models `managedHostsFileContent`.
pub(super) fn hosts(pod: &Pod, hostname: &str, ip: Option<IpAddr>) -> String {
    let spec = spec_of(pod);
    let mut text = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n".to_owned();
    if let Some(ip) = ip {
        match spec.subdomain.as_deref().filter(|subdomain| !subdomain.is_empty()) {
            Some(subdomain) => {
                let domain = format!("{hostname}.{subdomain}.{}.svc.{CLUSTER_DOMAIN}", namespace_of(pod));
                text.push_str(&format!("{ip}\t{domain}\t{hostname}\n"));
            }
            None => text.push_str(&format!("{ip}\t{hostname}\n")),
        }
    }
    let aliases = spec.host_aliases.as_deref().unwrap_or_default();
    if !aliases.is_empty() {
        text.push_str("\n# Entries added by HostAliases.\n");
        for alias in aliases {
            text.push_str(&format!("{}\t{}\n", alias.ip, alias.hostnames.iter().flatten().cloned().collect::<Vec<_>>().join("\t")));
        }
    }
    text
}

/// `/etc/resolv.conf`. Models `pkg/kubelet/network/dns`.
pub(super) fn resolv_conf(pod: &Pod, cluster_dns: IpAddr) -> String {
    let spec = spec_of(pod);
    let namespace = namespace_of(pod);
    let host_network = spec.host_network == Some(true);
    let (mut servers, mut searches, mut options) = match spec.dns_policy.as_deref().unwrap_or("ClusterFirst") {
        "None" => (Vec::new(), Vec::new(), Vec::new()),
        "Default" => (Vec::new(), Vec::new(), Vec::new()),
        "ClusterFirst" if host_network => (Vec::new(), Vec::new(), Vec::new()),
        _ => (
            vec![cluster_dns.to_string()],
            vec![format!("{namespace}.svc.{CLUSTER_DOMAIN}"), format!("svc.{CLUSTER_DOMAIN}"), CLUSTER_DOMAIN.to_owned()],
            vec!["ndots:5".to_owned()],
        ),
    };
    if let Some(config) = &spec.dns_config {
        servers.extend(config.nameservers.iter().flatten().cloned());
        searches.extend(config.searches.iter().flatten().cloned());
        for option in config.options.iter().flatten() {
            let name = option.name.clone().unwrap_or_default();
            options.retain(|o: &String| o.split(':').next() != Some(name.as_str()));
            options.push(option.value.as_ref().map_or(name.clone(), |value| format!("{name}:{value}")));
        }
    }
    let mut text = String::new();
    if !searches.is_empty() {
        text.push_str(&format!("search {}\n", searches.join(" ")));
    }
    for server in servers {
        text.push_str(&format!("nameserver {server}\n"));
    }
    if !options.is_empty() {
        text.push_str(&format!("options {}\n", options.join(" ")));
    }
    text
}
