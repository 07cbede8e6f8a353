//! `ip` and `ifconfig`: the addresses of this network namespace.

use std::net::{IpAddr, Ipv4Addr};

use super::super::tool::Tool;
use crate::network::NetNamespace;

/// A hardware address that the IP decides, as many container networks do it.
fn hardware(ip: Option<IpAddr>) -> String {
    match ip {
        Some(IpAddr::V4(ip)) => {
            let [a, b, c, d] = ip.octets();
            format!("0a:58:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
        }
        _ => "0a:58:00:00:00:00".into(),
    }
}

/// An interface of a namespace.
struct Link {
    number: u64,
    name: String,
    /// The other end: `if9`.
    peer: String,
    ip: Option<IpAddr>,
    prefix: u8,
    mac: String,
    mtu: u32,
}

/// The interfaces but `lo`: `eth0`, and on a node a cable to each of its pods.
fn links(net: &NetNamespace) -> Vec<Link> {
    let Some(ip) = net.ip() else { return Vec::new() };
    let host = net.is_host();
    let (peer, prefix) = if host { (String::new(), 16) } else { (format!("@if{}", net.cable().0), 24) };
    let mut links = vec![Link { number: 2, name: "eth0".into(), peer, ip: Some(ip), prefix, mac: hardware(Some(ip)), mtu: 1500 }];
    if host && let Some(node) = net.node() {
        for pod in net.network().pods_of(&node) {
            let (number, name) = pod.cable();
            let mac = hardware(pod.ip()).replacen("0a:58", "9e:4c", 1);
            links.push(Link { number, name, peer: "@if2".into(), ip: None, prefix: 32, mac, mtu: 1500 });
        }
    }
    links
}

pub(in super::super) async fn run(t: Tool) -> i32 {
    let words: Vec<&str> = t.args.iter().skip(1).map(String::as_str).filter(|w| !w.starts_with('-')).collect();
    let brief = t.args.iter().any(|a| a == "-br" || a == "-brief");
    let net = t.ctx.net();
    match words.first().copied().unwrap_or_default() {
        object if !object.is_empty() && ("address".starts_with(object) || "link".starts_with(object)) => {
            let only = words.iter().skip(1).rev().find(|w| !matches!(**w, "show" | "list" | "ls" | "dev" | "s" | "sh")).copied();
            let links = links(net);
            if let Some(name) = only.filter(|name| *name != "lo" && !links.iter().any(|link| link.name == *name)) {
                t.ctx.eprint(&format!("Device \"{name}\" does not exist.\n")).await;
                return 1;
            }
            t.out(addresses(&links, brief, only, "address".starts_with(object))).await;
            0
        }
        object if !object.is_empty() && "route".starts_with(object) => {
            t.out(routes(net)).await;
            0
        }
        object if object.len() > 1 && "neighbour".starts_with(object) => 0,
        "" => {
            t.ctx.eprint("Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\nwhere  OBJECT := { address | link | route }\n").await;
            255
        }
        other => {
            t.ctx.eprint(&format!("Object \"{other}\" is unknown, try \"ip help\".\n")).await;
            1
        }
    }
}

fn addresses(links: &[Link], brief: bool, only: Option<&str>, with_ip: bool) -> String {
    let mut out = String::new();
    if only.is_none_or(|name| name == "lo") {
        out.push_str(match (brief, with_ip) {
            (true, true) => "lo               UNKNOWN        127.0.0.1/8 \n",
            (true, false) => "lo               UNKNOWN        00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP> \n",
            _ => "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n",
        });
        if with_ip && !brief {
            out.push_str("    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n");
        }
    }
    for link in links.iter().filter(|link| only.is_none_or(|name| name == link.name)) {
        let Link { number, name, peer, ip, prefix, mac, mtu } = link;
        let full = format!("{name}{peer}");
        if brief {
            let what = match ip {
                Some(ip) if with_ip => format!("{ip}/{prefix} "),
                _ if with_ip => String::new(),
                _ => format!("{mac} <BROADCAST,MULTICAST,UP,LOWER_UP> "),
            };
            out.push_str(&format!("{full:<16} UP             {what}\n"));
            continue;
        }
        let netns = if peer.is_empty() { "" } else { " link-netnsid 0" };
        out.push_str(&format!(
            "{number}: {full}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu {mtu} qdisc noqueue state UP group default \n    link/ether {mac} brd ff:ff:ff:ff:ff:ff{netns}\n"
        ));
        if let Some(ip) = ip.filter(|_| with_ip) {
            let broadcast = broadcast(ip, *prefix);
            out.push_str(&format!(
                "    inet {ip}/{prefix} brd {broadcast} scope global {name}\n       valid_lft forever preferred_lft forever\n"
            ));
        }
    }
    out
}

fn subnet(ip: IpAddr, prefix: u8) -> String {
    let IpAddr::V4(ip) = ip else { return String::new() };
    Ipv4Addr::from(u32::from(ip) & (u32::MAX << (32 - u32::from(prefix)))).to_string()
}

fn broadcast(ip: IpAddr, prefix: u8) -> String {
    let IpAddr::V4(ip) = ip else { return String::new() };
    Ipv4Addr::from(u32::from(ip) | u32::MAX.checked_shr(u32::from(prefix)).unwrap_or(0)).to_string()
}

fn routes(net: &NetNamespace) -> String {
    let Some(ip) = net.ip() else { return String::new() };
    let prefix = if net.is_host() { 16 } else { 24 };
    let network = subnet(ip, prefix);
    let gateway = network.strip_suffix(".0").map(|net| format!("{net}.1")).unwrap_or_default();
    let mut out = format!("default via {gateway} dev eth0 \n");
    if net.is_host() {
        let node = net.node().unwrap_or_default();
        for pod in net.network().pods_of(&node) {
            if let Some(ip) = pod.ip() {
                out.push_str(&format!("{ip} dev {} scope host \n", pod.cable().1));
            }
        }
        for (other, cidr, gateway) in net.network().pod_networks() {
            if other != *node {
                out.push_str(&format!("{cidr} via {gateway} dev eth0 \n"));
            }
        }
    }
    out.push_str(&format!("{network}/{prefix} dev eth0 proto kernel scope link src {ip} \n"));
    out
}

pub(in super::super) async fn ifconfig(t: Tool) -> i32 {
    let mut out = String::new();
    if let Some(ip) = t.ctx.net().ip() {
        let mac = hardware(Some(ip)).to_uppercase();
        out.push_str(&format!(
            "eth0      Link encap:Ethernet  HWaddr {mac}  \n          inet addr:{ip}  Bcast:{}  Mask:255.255.255.0\n          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n\n",
            broadcast(ip, 24)
        ));
    }
    out.push_str("lo        Link encap:Local Loopback  \n          inet addr:127.0.0.1  Mask:255.0.0.0\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n\n");
    t.out(out).await;
    0
}
