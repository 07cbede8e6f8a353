//! Cluster DNS: the records, and the resolver that asks for them.
//!
//! Models CoreDNS' `kubernetes` plugin (the records) and the C library's resolver (search paths and `ndots`).

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::time::Duration;

use super::namespace::NetNamespace;
use super::router::{self, Route};

/// The cluster's domain.
pub const CLUSTER_DOMAIN: &str = "cluster.local";
/// How long a resolver waits for a server that does not answer: 5 s, twice. glibc's `timeout` and `attempts`.
const QUERY_TIMEOUT: Duration = Duration::from_secs(10);
/// What CoreDNS takes to look a name up.
const QUERY_LATENCY: Duration = Duration::from_micros(600);
const DNS_PORT: u16 = 53;

/// Why a name has no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsError {
    /// `NXDOMAIN`: no such name.
    NotFound,
    /// No server answered.
    TimedOut,
}

/// The zone that CoreDNS serves. Names are lower case and without the final dot.
#[derive(Clone, Debug, Default)]
pub struct DnsTable {
    /// Where DNS servers answer: the cluster IP of `kube-dns`.
    servers: BTreeSet<IpAddr>,
    /// Records by the service they come from, so that they go with it.
    zones: BTreeMap<String, BTreeMap<String, Vec<IpAddr>>>,
    namespaces: BTreeSet<String>,
    /// `ExternalName` services: the service's full name and what stands for it.
    aliases: BTreeMap<String, (String, String)>,
}

impl DnsTable {
    /// Makes a DNS server answer at `ip`, or no longer.
    pub fn set_server(&mut self, ip: IpAddr, serves: bool) {
        if serves {
            self.servers.insert(ip);
        } else {
            self.servers.remove(&ip);
        }
    }

    /// Sets all records of `owner` (`default/web`): full names and their addresses.
    pub fn set(&mut self, owner: &str, records: BTreeMap<String, Vec<IpAddr>>) {
        self.zones.insert(owner.to_owned(), records);
    }

    /// Makes `name` of the service `owner` stand for `target`.
    pub fn set_alias(&mut self, owner: &str, name: &str, target: &str) {
        self.aliases.insert(owner.to_owned(), (name.to_owned(), target.trim_end_matches('.').to_owned()));
    }

    /// What stands for `name`, where that is an alias.
    pub fn alias(&self, name: &str) -> Option<String> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        self.aliases.values().find(|(alias, _)| *alias == name).map(|(_, target)| target.clone())
    }

    /// Forgets the records of `owner`.
    pub fn remove(&mut self, owner: &str) {
        self.aliases.remove(owner);
        self.zones.remove(owner);
    }

    /// Names the namespaces, in which `a-b-c-d.NAMESPACE.pod.cluster.local` stands for every address.
    pub fn set_namespace(&mut self, name: &str, exists: bool) {
        if exists {
            self.namespaces.insert(name.to_owned());
        } else {
            self.namespaces.remove(name);
        }
    }

    /// The addresses of a full name.
    pub fn lookup(&self, name: &str) -> Option<Vec<IpAddr>> {
        const LIMIT_ALIASES: usize = 8;
        let mut name = name.trim_end_matches('.').to_ascii_lowercase();
        let mut aliased = false;
        for _ in 0..LIMIT_ALIASES {
            let Some(target) = self.alias(&name) else { break };
            (name, aliased) = (target.to_ascii_lowercase(), true);
        }
        if aliased {
            // The answer is the alias, also where its target has no address that can be found from here.
            let found = self.zones.values().find_map(|records| records.get(&name).cloned());
            return Some(found.or_else(|| self.pod_record(&name)).unwrap_or_default());
        }
        let found = self.zones.values().find_map(|records| records.get(&name).cloned());
        found.or_else(|| self.pod_record(&name))
    }

    /// The name of an address, for reverse queries.
    pub fn reverse(&self, ip: IpAddr) -> Option<String> {
        let records = self.zones.values().flatten();
        records.filter(|(_, ips)| ips.contains(&ip)).map(|(name, _)| name.clone()).next()
    }

    /// CoreDNS' `pods insecure`: the address is in the name.
    fn pod_record(&self, name: &str) -> Option<Vec<IpAddr>> {
        let rest = name.strip_suffix(CLUSTER_DOMAIN)?.strip_suffix(".pod.")?;
        let (address, namespace) = rest.split_once('.')?;
        let ip: Ipv4Addr = address.replace('-', ".").parse().ok()?;
        self.namespaces.contains(namespace).then(|| vec![IpAddr::V4(ip)])
    }
}

/// How programs of a namespace or container look names up: `/etc/hosts` and `/etc/resolv.conf`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolver {
    /// The names of `/etc/hosts`, in the file's order.
    pub hosts: Vec<(IpAddr, Rc<str>)>,
    /// The servers of `/etc/resolv.conf`.
    pub nameservers: Vec<IpAddr>,
    /// Its search list.
    pub search: Vec<String>,
    /// Its `ndots`: a name with fewer dots is tried with the search list first. 1 where the file does not say.
    pub ndots: usize,
}

impl Resolver {
    /// Reads the two files' texts.
    pub fn parse(hosts: &str, resolv_conf: &str) -> Resolver {
        let mut resolver = Resolver { ndots: 1, ..Resolver::default() };
        for line in hosts.lines() {
            let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
            let Some(ip) = words.next().and_then(|word| word.parse::<IpAddr>().ok()) else { continue };
            resolver.hosts.extend(words.map(|name| (ip, Rc::from(name))));
        }
        for line in resolv_conf.lines() {
            let mut words = line.split_whitespace();
            match words.next() {
                Some("nameserver") => resolver.nameservers.extend(words.next().and_then(|word| word.parse::<IpAddr>().ok())),
                Some("search" | "domain") => resolver.search = words.map(str::to_owned).collect(),
                Some("options") => {
                    let ndots = words.filter_map(|word| word.strip_prefix("ndots:")).filter_map(|n| n.parse().ok()).next_back();
                    resolver.ndots = ndots.unwrap_or(resolver.ndots);
                }
                _ => {}
            }
        }
        resolver
    }

    /// The full names to try for `host`, in order.
    pub fn candidates(&self, host: &str) -> Vec<String> {
        if let Some(full) = host.strip_suffix('.') {
            return vec![full.to_owned()];
        }
        let searched = self.search.iter().map(|domain| format!("{host}.{}", domain.trim_end_matches('.')));
        let plain = std::iter::once(host.to_owned());
        if host.matches('.').count() >= self.ndots { plain.chain(searched).collect() } else { searched.chain(plain).collect() }
    }
}

/// Asks `server` for `name`. `Ok(None)` is NXDOMAIN.
pub async fn query(from: &NetNamespace, server: IpAddr, name: &str) -> Result<Option<Vec<IpAddr>>, DnsError> {
    let network = from.network();
    let (answers, reachable) = {
        let tables = network.0.tables.borrow();
        let draw = |n: usize| network.0.rng.below(n as u64) as usize;
        let route = router::route(&tables, from.id, std::net::SocketAddr::new(server, DNS_PORT), &draw);
        let answers = tables.dns.servers.contains(&server).then(|| tables.dns.lookup(name));
        let target = match route {
            Route::To { namespace, address, .. } => tables.listener_at(namespace, address).map(|_| Some(namespace)),
            // A server address that no service stands behind: the table itself answers.
            Route::Dropped | Route::HostUnreachable => Some(None),
            Route::Refused | Route::NetworkUnreachable => None,
        };
        (answers, target.filter(|_| from.is_inside(&tables)))
    };
    let sim = network.sim().clone();
    match (answers, reachable) {
        (Some(answer), Some(target)) if !target.is_some_and(|id| network.is_cut(from.id, id)) => {
            let trip = target.map_or(Duration::ZERO, |id| network.trip(from.id, id) * 2);
            sim.sleep(QUERY_LATENCY + trip).await;
            Ok(answer)
        }
        _ => {
            sim.sleep(QUERY_TIMEOUT).await;
            Err(DnsError::TimedOut)
        }
    }
}

pub(super) async fn resolve(from: &NetNamespace, resolver: &Resolver, host: &str) -> Result<Vec<IpAddr>, DnsError> {
    if let Ok(ip) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        return Ok(vec![ip]);
    }
    let plain = host.trim_end_matches('.');
    let listed: Vec<IpAddr> = resolver.hosts.iter().filter(|(_, name)| name.eq_ignore_ascii_case(plain)).map(|(ip, _)| *ip).collect();
    // Programs prefer IPv4 where a name has both; only loopback has both here.
    let v4: Vec<IpAddr> = listed.iter().copied().filter(IpAddr::is_ipv4).collect();
    if !listed.is_empty() {
        return Ok(if v4.is_empty() { listed } else { v4 });
    }
    if plain.eq_ignore_ascii_case("localhost") {
        return Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]);
    }
    if resolver.nameservers.is_empty() {
        return Err(DnsError::NotFound);
    }
    let mut error = DnsError::NotFound;
    for name in resolver.candidates(host) {
        for server in &resolver.nameservers {
            match query(from, *server, &name).await {
                Ok(Some(ips)) if !ips.is_empty() => return Ok(ips),
                Ok(_) => break,
                Err(failed) => error = failed,
            }
        }
        if error == DnsError::TimedOut {
            return Err(error);
        }
    }
    Err(error)
}
