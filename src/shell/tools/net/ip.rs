//! `ip` and `ifconfig`: the addresses of this network namespace.

use std::net::IpAddr;

use super::super::tool::Tool;

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

pub(in super::super) async fn run(t: Tool) -> i32 {
    let words: Vec<&str> = t.args.iter().skip(1).map(String::as_str).filter(|w| !w.starts_with('-')).collect();
    let brief = t.args.iter().any(|a| a == "-br" || a == "-brief");
    let ip = t.ctx.net().ip();
    match words.first().copied().unwrap_or_default() {
        object if !object.is_empty() && "address".starts_with(object) => {
            let only = words.iter().rev().find(|w| matches!(**w, "eth0" | "lo")).copied();
            t.out(addresses(ip, brief, only)).await;
            0
        }
        object if !object.is_empty() && "route".starts_with(object) => {
            t.out(routes(ip)).await;
            0
        }
        object if !object.is_empty() && "link".starts_with(object) => {
            let text = addresses(ip, false, None);
            let lines = text.lines().filter(|l| !l.trim_start().starts_with("inet") && !l.trim_start().starts_with("valid_lft"));
            t.out(lines.map(|l| format!("{l}\n")).collect::<String>()).await;
            0
        }
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

fn addresses(ip: Option<IpAddr>, brief: bool, only: Option<&str>) -> String {
    let mut out = String::new();
    if only.is_none_or(|name| name == "lo") {
        out.push_str(if brief {
            "lo               UNKNOWN        127.0.0.1/8 \n"
        } else {
            "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n"
        });
    }
    if let (Some(ip), true) = (ip, only.is_none_or(|name| name == "eth0")) {
        let mac = hardware(Some(ip));
        let broadcast = broadcast(ip);
        out.push_str(&if brief {
            format!("eth0@if9         UP             {ip}/24 \n")
        } else {
            format!(
                "2: eth0@if9: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default \n    link/ether {mac} brd ff:ff:ff:ff:ff:ff link-netnsid 0\n    inet {ip}/24 brd {broadcast} scope global eth0\n       valid_lft forever preferred_lft forever\n"
            )
        });
    }
    out
}

fn subnet(ip: IpAddr) -> String {
    ip.to_string().rsplit_once('.').map_or_else(String::new, |(net, _)| net.to_owned())
}

fn broadcast(ip: IpAddr) -> String {
    format!("{}.255", subnet(ip))
}

fn routes(ip: Option<IpAddr>) -> String {
    let Some(ip) = ip else { return String::new() };
    let net = subnet(ip);
    format!("default via {net}.1 dev eth0 \n{net}.0/24 dev eth0 proto kernel scope link src {ip} \n")
}

pub(in super::super) async fn ifconfig(t: Tool) -> i32 {
    let mut out = String::new();
    if let Some(ip) = t.ctx.net().ip() {
        let mac = hardware(Some(ip)).to_uppercase();
        out.push_str(&format!(
            "eth0      Link encap:Ethernet  HWaddr {mac}  \n          inet addr:{ip}  Bcast:{}  Mask:255.255.255.0\n          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n\n",
            broadcast(ip)
        ));
    }
    out.push_str("lo        Link encap:Local Loopback  \n          inet addr:127.0.0.1  Mask:255.0.0.0\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n\n");
    t.out(out).await;
    0
}
