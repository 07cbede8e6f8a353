use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use super::http::{self, Connection, Request, Response};
use super::*;
use crate::sim::{Sim, Time, TraceKind};

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn at(text: &str) -> SocketAddr {
    text.parse().expect("an address and port")
}

struct World {
    sim: Sim,
    network: Network,
    a: NetNamespace,
    b: NetNamespace,
    host: NetNamespace,
    workstation: NetNamespace,
}

/// Two pods on two nodes, a node's own namespace, and a workstation.
fn world() -> World {
    let sim = Sim::new(7, 0);
    let network = Network::new(sim.clone());
    let a = network.namespace("default/a", Some(ip("10.244.0.2")), Some("node-1"));
    let b = network.namespace("default/b", Some(ip("10.244.1.2")), Some("node-2"));
    let host = network.host_namespace("node-2", ip("172.18.0.12"));
    let workstation = network.namespace("workstation", Some(ip("172.18.0.1")), None);
    World { sim, network, a, b, host, workstation }
}

/// Answers every request with who asked.
fn serve(sim: &Sim, ns: &NetNamespace, port: u16) {
    let listener = ns.listen(ip("0.0.0.0"), port, "server").expect("a free port");
    let sim2 = sim.clone();
    sim.spawn(async move {
        while let Some(stream) = listener.accept().await {
            sim2.spawn(async move {
                let peer = stream.peer_addr().ip();
                let mut connection = Connection::new(stream);
                while let Ok(Some(request)) = connection.read_request().await {
                    let body = format!("{peer} {} {}", request.target, request.body.len());
                    let response = Response::new(200, "text/plain", body);
                    if connection.write_response(&response, false).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
}

/// Runs `future` to its end and gives its value and the time it took.
fn run<T: 'static>(sim: &Sim, future: impl Future<Output = T> + 'static) -> (T, Duration) {
    let start = sim.now();
    let slot = Rc::new(RefCell::new(None));
    let (out, sim2) = (slot.clone(), sim.clone());
    sim.spawn(async move {
        let value = future.await;
        *out.borrow_mut() = Some((value, sim2.now().since(start)));
    });
    while slot.borrow().is_none() && sim.step(10_000) {}
    slot.borrow_mut().take().expect("the future ended")
}

fn get(sim: &Sim, from: &NetNamespace, to: &str) -> (Result<String, NetError>, Duration) {
    let (from, to) = (from.clone(), at(to));
    run(sim, async move {
        match http::send(&from, to, &Request::new("GET", "/", "x")).await {
            Ok(response) => Ok(String::from_utf8_lossy(&response.body).into_owned()),
            Err(http::HttpError::Net(error)) => Err(error),
            Err(other) => panic!("{other:?}"),
        }
    })
}

#[test]
fn pods_reach_each_other_by_their_own_addresses() {
    let w = world();
    serve(&w.sim, &w.b, 8080);
    let (body, took) = get(&w.sim, &w.a, "10.244.1.2:8080");
    assert_eq!(body.as_deref(), Ok("10.244.0.2 / 0"), "no address translation");
    assert!(took > Duration::from_micros(500) && took < Duration::from_millis(5), "{took:?}");
    let told = w.sim.trace().since(0).into_iter().map(|event| event.kind).collect::<Vec<_>>();
    let [TraceKind::Request { from, to, port: 8080, source_port, label, outcome, took }] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!([&**from, to, label, outcome], ["default/a", "default/b", "GET /", "200"]);
    assert!(*source_port >= 32768 && *took > Duration::from_micros(500), "{source_port} {took:?}");
}

#[test]
fn a_port_belongs_to_one_listener_of_a_namespace() {
    let w = world();
    let first = w.a.listen(ip("0.0.0.0"), 80, "one").expect("free");
    assert_eq!(w.a.listen(ip("0.0.0.0"), 80, "two").err(), Some(NetError::AddrInUse));
    assert_eq!(w.a.listen(ip("::"), 80, "two").err(), Some(NetError::AddrInUse));
    assert_eq!(w.a.listen(ip("127.0.0.1"), 80, "two").err(), Some(NetError::AddrInUse));
    assert_eq!(w.a.listen(ip("10.9.9.9"), 81, "two").err(), Some(NetError::AddrNotAvailable));
    assert!(w.b.listen(ip("0.0.0.0"), 80, "other namespace").is_ok());
    drop(first);
    assert!(w.a.listen(ip("127.0.0.1"), 80, "two").is_ok());
}

#[test]
fn localhost_is_the_namespace_and_nothing_else() {
    let w = world();
    serve(&w.sim, &w.a, 80);
    assert_eq!(get(&w.sim, &w.a, "127.0.0.1:80").0.as_deref(), Ok("127.0.0.1 / 0"));
    assert_eq!(get(&w.sim, &w.a, "10.244.0.2:80").0.as_deref(), Ok("10.244.0.2 / 0"));
    assert_eq!(get(&w.sim, &w.b, "127.0.0.1:80").0, Err(NetError::Refused));
}

#[test]
fn a_listener_on_loopback_is_not_reached_from_outside() {
    let w = world();
    let _listener = w.a.listen(ip("127.0.0.1"), 80, "one").expect("free");
    assert_eq!(get(&w.sim, &w.b, "10.244.0.2:80").0, Err(NetError::Refused));
}

#[test]
fn failures_take_the_time_they_take() {
    let w = world();
    assert_eq!(get(&w.sim, &w.a, "10.244.1.2:1").0, Err(NetError::Refused));
    let (error, took) = get(&w.sim, &w.a, "10.244.1.99:80");
    assert_eq!((error, took.as_secs()), (Err(NetError::Unreachable), 3));
    let (error, took) = get(&w.sim, &w.workstation, "10.244.1.2:80");
    assert_eq!((error, took.as_secs()), (Err(NetError::TimedOut), 127), "pods have no address outside of the cluster");
    assert_eq!(get(&w.sim, &w.a, "93.184.216.34:80").0, Err(NetError::NetworkUnreachable));
}

#[test]
fn a_cut_off_node_times_out_and_comes_back() {
    let w = world();
    serve(&w.sim, &w.b, 80);
    w.network.cut_off("node-2", true);
    let (error, took) = get(&w.sim, &w.a, "10.244.1.2:80");
    assert_eq!((error, took.as_secs()), (Err(NetError::TimedOut), 127));
    assert!(get(&w.sim, &w.host, "10.244.1.2:80").0.is_ok(), "within the node all is well");
    let (network, sim) = (w.network.clone(), w.sim.clone());
    w.sim.spawn(async move {
        sim.sleep(Duration::from_secs(5)).await;
        network.cut_off("node-2", false);
    });
    let (body, took) = get(&w.sim, &w.a, "10.244.1.2:80");
    assert_eq!((body.is_ok(), took.as_secs()), (true, 5));
}

#[test]
fn services_pick_endpoints_and_refuse_without_any() {
    let w = world();
    serve(&w.sim, &w.a, 8080);
    serve(&w.sim, &w.b, 8080);
    let cluster = ServiceAddress::Cluster(at("10.96.0.50:80"));
    w.network.set_service("default/web", cluster, vec![at("10.244.0.2:8080"), at("10.244.1.2:8080")]);
    w.network.set_service("default/web", ServiceAddress::NodePort(30080), vec![at("10.244.1.2:8080")]);
    for _ in 0..4 {
        assert_eq!(get(&w.sim, &w.a, "10.96.0.50:80").0.as_deref(), Ok("10.244.0.2 / 0"));
    }
    assert_eq!(get(&w.sim, &w.workstation, "172.18.0.12:30080").0.as_deref(), Ok("172.18.0.12 / 0"), "masqueraded");
    assert_eq!(get(&w.sim, &w.a, "10.96.0.50:81").0, Err(NetError::TimedOut));
    w.network.set_service("default/web", cluster, vec![]);
    assert_eq!(get(&w.sim, &w.a, "10.96.0.50:80").0, Err(NetError::Refused));
    w.network.remove_service("default/web");
    assert_eq!(get(&w.sim, &w.a, "10.96.0.50:80").0, Err(NetError::Unreachable));
}

#[test]
fn names_are_searched_as_resolv_conf_says() {
    let w = world();
    let resolv = "nameserver 10.96.0.10\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n";
    w.a.set_resolver(Resolver::parse("127.0.0.1 localhost\n10.244.0.2 a\n", resolv));
    w.network.update_dns(|dns| {
        dns.set_server(ip("10.96.0.10"), true);
        dns.set("default/web", BTreeMap::from([("web.default.svc.cluster.local".to_owned(), vec![ip("10.96.0.50")])]));
        dns.set_namespace("default", true);
    });
    for (name, expected) in [
        ("web", Ok(vec![ip("10.96.0.50")])),
        ("web.default", Ok(vec![ip("10.96.0.50")])),
        ("web.default.svc.cluster.local", Ok(vec![ip("10.96.0.50")])),
        ("web.other", Err(DnsError::NotFound)),
        ("10-244-1-2.default.pod.cluster.local", Ok(vec![ip("10.244.1.2")])),
        ("a", Ok(vec![ip("10.244.0.2")])),
        ("localhost", Ok(vec![ip("127.0.0.1")])),
    ] {
        let ns = w.a.clone();
        assert_eq!(run(&w.sim, async move { ns.resolve(name).await }).0, expected, "{name}");
    }
    let ns = w.workstation.clone();
    assert_eq!(run(&w.sim, async move { ns.resolve("web").await }).0, Err(DnsError::NotFound));
}

#[test]
fn a_closed_namespace_breaks_its_connections() {
    let w = world();
    let listener = w.b.listen(ip("0.0.0.0"), 80, "server").expect("free");
    let (a, b) = (w.a.clone(), w.b.clone());
    let ((), _) = run(&w.sim, async move {
        let mut stream = a.connect(at("10.244.1.2:80")).await.expect("connected");
        assert_eq!(a.connections().len(), 1);
        assert_eq!(b.connections().first().map(|c| c.state), Some("ESTABLISHED"));
        b.close();
        assert_eq!(stream.read().await, None);
        assert!(stream.was_reset());
        assert_eq!(stream.write(b"x"), Err(NetError::Reset));
    });
    assert!(w.network.listeners().is_empty());
    drop(listener);
    assert_eq!(get(&w.sim, &w.a, "10.244.1.2:80").0, Err(NetError::Unreachable));
}

#[test]
fn bytes_keep_their_order_and_the_end_is_read_after_them() {
    let w = world();
    let listener = w.b.listen(ip("0.0.0.0"), 9, "server").expect("free");
    let a = w.a.clone();
    let ((), _) = run(&w.sim, async move {
        let mut client = a.connect(at("10.244.1.2:9")).await.expect("connected");
        let mut server = listener.accept().await.expect("a connection");
        client.write(b"one").expect("open");
        client.write(b"two").expect("open");
        client.shutdown();
        assert_eq!(server.read().await.as_deref(), Some(&b"one"[..]));
        assert_eq!(server.read().await.as_deref(), Some(&b"two"[..]));
        assert_eq!(server.read().await, None);
        server.write(b"late").expect("this direction is open");
        drop(server);
        assert_eq!(client.read().await.as_deref(), Some(&b"late"[..]));
        assert_eq!(client.read().await, None);
    });
}

#[test]
fn loss_only_delays_and_the_same_seed_gives_the_same_delay() {
    let took = |()| {
        let w = world();
        serve(&w.sim, &w.b, 80);
        w.network.update_faults(|faults| {
            faults.loss_percent.insert("node-2".to_owned(), 60);
        });
        get(&w.sim, &w.a, "10.244.1.2:80").1
    };
    assert_eq!(took(()), took(()));
    assert!(Time::ZERO + took(()) >= Time::from_millis(200));
}
