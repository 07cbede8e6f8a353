//! The `kube` crate against `podground serve`: create, watch, logs, exec, port-forward, patch, delete.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::api::{AttachParams, DeleteParams, ListParams, LogParams, Patch, PatchParams, PostParams};
use kube::runtime::wait::{await_condition, conditions};
use kube::runtime::{WatchStreamExt, reflector, watcher};
use kube::{Api, Client, Config};
use podground_clients::Server;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const LIMIT: Duration = Duration::from_secs(60);

fn client(server: &Server) -> Client {
    Client::try_from(Config::new(server.url.parse().expect("a URL"))).expect("a client")
}

fn pod(name: &str, image: &str) -> Pod {
    let value =
        json!({ "metadata": { "name": name, "labels": { "app": name } }, "spec": { "containers": [{ "name": "main", "image": image }] } });
    serde_json::from_value(value).expect("a pod")
}

#[tokio::test]
async fn a_pod_lives_from_create_to_delete() {
    let server = Server::start(&["--speed", "20"]);
    let pods: Api<Pod> = Api::default_namespaced(client(&server));
    let version = client(&server).apiserver_version().await.expect("a version");
    assert_eq!((version.major.as_str(), version.minor.as_str()), ("1", "36"));
    let created = pods.create(&PostParams::default(), &pod("web", "nginx")).await.expect("created");
    assert!(created.metadata.uid.is_some());
    let twice = pods.create(&PostParams::default(), &pod("web", "nginx")).await.expect_err("refused");
    assert!(matches!(twice, kube::Error::Api(status) if status.code == 409 && status.reason == "AlreadyExists"));
    let running = tokio::time::timeout(LIMIT, await_condition(pods.clone(), "web", conditions::is_pod_running())).await;
    running.expect("in time").expect("running");

    let log = pods.logs("web", &LogParams::default()).await.expect("a log");
    assert!(log.contains("docker-entrypoint.sh"), "{log}");

    let mut process =
        pods.exec("web", ["sh", "-c", "read line; echo got $line; echo oh >&2; exit 3"], &AttachParams::default().stdin(true)).await;
    let process = process.as_mut().expect("a process");
    process.stdin().expect("its input").write_all(b"hello\n").await.expect("sent");
    let (mut out, mut err) = (String::new(), String::new());
    process.stdout().expect("its output").read_to_string(&mut out).await.expect("read");
    process.stderr().expect("its errors").read_to_string(&mut err).await.expect("read");
    assert_eq!((out.as_str(), err.as_str()), ("got hello\n", "oh\n"));
    let status = process.take_status().expect("a status").await.expect("an end");
    assert_eq!((status.status.as_deref(), status.reason.as_deref()), (Some("Failure"), Some("NonZeroExitCode")));

    let mut forwarder = pods.portforward("web", &[80]).await.expect("forwarded");
    let mut stream = forwarder.take_stream(80).expect("a connection");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n").await.expect("sent");
    let mut page = Vec::new();
    tokio::time::timeout(LIMIT, stream.read_to_end(&mut page)).await.expect("in time").expect("read");
    assert!(String::from_utf8_lossy(&page).contains("Welcome to nginx!"));

    let patch = json!({ "metadata": { "labels": { "env": "prod" } } });
    pods.patch("web", &PatchParams::default(), &Patch::Merge(&patch)).await.expect("patched");
    let found = pods.list(&ListParams::default().labels("env=prod")).await.expect("listed");
    assert_eq!(found.items.len(), 1);
    let meta = pods.list_metadata(&ListParams::default()).await.expect("metadata");
    assert_eq!(meta.items.first().and_then(|item| item.metadata.name.as_deref()), Some("web"));

    let uid = created.metadata.uid.unwrap_or_default();
    pods.delete("web", &DeleteParams::default()).await.expect("deleted");
    let gone = tokio::time::timeout(LIMIT, await_condition(pods, "web", conditions::is_deleted(&uid))).await;
    gone.expect("in time").expect("gone");
}

#[tokio::test]
async fn a_reflector_sees_what_happens() {
    let server = Server::start(&["--speed", "20"]);
    let pods: Api<Pod> = Api::default_namespaced(client(&server));
    let (store, writer) = reflector::store();
    let config = watcher::Config::default().labels("app");
    let mut events = Box::pin(watcher(pods.clone(), config).default_backoff().reflect(writer).touched_objects());
    let seen = tokio::spawn(async move {
        let mut names = std::collections::BTreeSet::new();
        while names.len() < 3 {
            if let Ok(Some(pod)) = events.try_next().await {
                names.extend(pod.metadata.name);
            }
        }
        names
    });
    for name in ["a", "b", "c"] {
        pods.create(&PostParams::default(), &pod(name, "nginx")).await.expect("created");
    }
    let names = tokio::time::timeout(LIMIT, seen).await.expect("in time").expect("seen");
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!(store.state().len() >= 3);
    let running = tokio::time::timeout(LIMIT, await_condition(pods.clone(), "a", conditions::is_pod_running())).await;
    running.expect("in time").expect("running");
    let follow = LogParams { follow: true, ..LogParams::default() };
    let mut log = pods.log_stream("a", &follow).await.expect("a log");
    let mut first = [0; 16];
    futures_util::AsyncReadExt::read_exact(&mut log, &mut first).await.expect("its beginning");
    assert_eq!(&first, b"/docker-entrypoi");
}

#[tokio::test]
async fn a_streaming_list_begins_a_watch() {
    let server = Server::start(&[]);
    let namespaces: Api<Namespace> = Api::all(client(&server));
    let mut events = std::pin::pin!(watcher(namespaces, watcher::Config::default().any_semantic()));
    let mut names = Vec::new();
    while let Some(event) = tokio::time::timeout(LIMIT, events.next()).await.expect("in time") {
        match event.expect("an event") {
            watcher::Event::InitApply(namespace) => names.extend(namespace.metadata.name),
            watcher::Event::InitDone => break,
            _ => {}
        }
    }
    assert!(names.iter().any(|name| name == "kube-system"), "{names:?}");
}
