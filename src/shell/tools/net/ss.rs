//! `ss` and `netstat`: the sockets of this network namespace.

use super::super::tool::Tool;

struct Row {
    state: &'static str,
    receive: usize,
    send: usize,
    local: String,
    remote: String,
    owner: String,
}

fn rows(t: &Tool, listening: bool, connected: bool) -> Vec<Row> {
    let net = t.ctx.net();
    let mut rows = Vec::new();
    if listening {
        rows.extend(net.listeners().into_iter().map(|l| Row {
            state: "LISTEN",
            receive: 0,
            send: 0,
            local: format!("{}:{}", l.address, l.port),
            remote: "0.0.0.0:*".into(),
            owner: l.owner.to_string(),
        }));
    }
    if connected {
        rows.extend(net.connections().into_iter().map(|c| Row {
            state: c.state,
            receive: c.receive_queue_bytes,
            send: c.send_queue_bytes,
            local: c.local.to_string(),
            remote: c.remote.to_string(),
            owner: c.owner.to_string(),
        }));
    }
    rows
}

pub(in super::super) async fn ss(t: Tool) -> i32 {
    let options =
        match t.options("tulnapH46s", &[("listening", 'l'), ("all", 'a'), ("tcp", 't'), ("numeric", 'n'), ("processes", 'p')], 1).await {
            Ok(options) => options,
            Err(status) => return status,
        };
    let (all, listening) = (options.has('a'), options.has('l'));
    let mut out = String::new();
    if !options.has('H') {
        let process = if options.has('p') { "Process" } else { "" };
        out.push_str(&format!(
            "{:<7} {:<6} {:<6} {:>20} {:>20} {process}\n",
            "State", "Recv-Q", "Send-Q", "Local Address:Port", "Peer Address:Port"
        ));
    }
    for row in rows(&t, all || listening, all || !listening) {
        let state = if row.state == "ESTABLISHED" { "ESTAB" } else { row.state };
        let process = match row.owner.split_once('/') {
            Some((pid, name)) if options.has('p') => format!("users:((\"{name}\",pid={pid},fd=3))"),
            _ => String::new(),
        };
        let send = if row.state == "LISTEN" { 511 } else { row.send };
        out.push_str(format!("{state:<7} {:<6} {send:<6} {:>20} {:>20} {process}", row.receive, row.local, row.remote).trim_end());
        out.push('\n');
    }
    t.out(out).await;
    0
}

pub(in super::super) async fn netstat(t: Tool) -> i32 {
    let options =
        match t.options("tulnapre", &[("listening", 'l'), ("all", 'a'), ("tcp", 't'), ("numeric", 'n'), ("programs", 'p')], 1).await {
            Ok(options) => options,
            Err(status) => return status,
        };
    let (all, listening) = (options.has('a'), options.has('l'));
    let what = match (all, listening) {
        (true, _) => "(servers and established)",
        (_, true) => "(only servers)",
        _ => "(w/o servers)",
    };
    let process = if options.has('p') { " PID/Program name" } else { "" };
    let mut out = format!(
        "Active Internet connections {what}\nProto Recv-Q Send-Q Local Address           Foreign Address         State      {process}\n"
    );
    for row in rows(&t, all || listening, all || !listening) {
        let owner = if options.has('p') { format!(" {}", row.owner) } else { String::new() };
        out.push_str(&format!("tcp   {:>6} {:>6} {:<23} {:<23} {:<11}{owner}\n", row.receive, row.send, row.local, row.remote, row.state));
    }
    t.out(out).await;
    0
}
