//! A node in a cluster, and an image that does as it is told.

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Event, Namespace, Pod, ServiceAccount};
use serde_json::{Value, json};

use crate::client::{ApiServer, Client, LogOptions, NodeApi};
use crate::images::{Config, Image, Registry, Tag, server};
use crate::kubelet::*;
use crate::network::{Network, http};
use crate::process::{ProcessContext, Signal, Vfs, program};
use crate::sim::Sim;

/// An image whose one program does what its arguments say.
struct Tool;

impl Image for Tool {
    fn name(&self) -> &'static str {
        "docker.io/library/tool"
    }
    fn tags(&self) -> &'static [Tag] {
        const { &[Tag::new("latest", 8_000_000), Tag::new("2", 8_000_000)] }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["wait"]).entrypoint(&["/bin/tool"])
    }
    fn install(&self, _tag: &str, vfs: &Vfs) {
        vfs.install("/bin/tool", program(tool), 1);
    }
}

async fn tool(ctx: ProcessContext) -> i32 {
    let args = ctx.args();
    let arg = |n: usize| args.get(n).cloned().unwrap_or_default();
    match arg(1).as_str() {
        "exit" => {
            ctx.print("about to end\n").await;
            arg(2).parse().unwrap_or(0)
        }
        "sleep" => {
            ctx.sleep(Duration::from_secs(arg(2).parse().unwrap_or(1))).await;
            arg(3).parse().unwrap_or(0)
        }
        "cat" => match ctx.vfs().read_file(&arg(2)) {
            Ok(bytes) => {
                let _ = ctx.write(1, &bytes).await;
                0
            }
            Err(errno) => {
                ctx.eprint(&format!("cat: {}: {errno}\n", arg(2))).await;
                1
            }
        },
        "write" => match ctx.vfs().write_file(&arg(2), arg(3).as_bytes(), ctx.now()) {
            Ok(()) => 0,
            Err(errno) => {
                ctx.eprint(&format!("write: {}: {errno}\n", arg(2))).await;
                1
            }
        },
        "env" => {
            ctx.print(&format!("{}\n", ctx.env(&arg(2)).unwrap_or_default())).await;
            0
        }
        "serve" => {
            let Ok(listener) = server::listen(&ctx, arg(2).parse().unwrap_or(80)) else { return 98 };
            let handler = server::http(&ctx, |ctx, _, request| async move {
                let healthy = request.path() != "/healthz" || ctx.vfs().read_file("/sick").is_err();
                http::Response::new(if healthy { 200 } else { 500 }, "", ctx.hostname())
            });
            server::serve(&ctx, &[listener], &[Signal::TERM], handler).await;
            0
        }
        // Ends when asked to.
        _ => {
            server::serve(&ctx, &[], &[Signal::TERM], Rc::new(|_| Box::pin(async {}))).await;
            ctx.print("bye\n").await;
            0
        }
    }
}

pub struct World {
    pub sim: Sim,
    pub client: Client,
    pub network: Network,
    pub kubelet: Kubelet,
}

pub fn world() -> World {
    let sim = Sim::new(11, 1_795_000_000);
    let server = ApiServer::new(&sim);
    let client = Client::new(&server, "test");
    let network = Network::new(sim.clone());
    let registry = Registry::new(sim.clone());
    registry.add(Rc::new(Tool));
    for name in ["default", "kube-node-lease"] {
        let namespace: Namespace = from(json!({"metadata": {"name": name}}));
        client.create(namespace).expect("a namespace");
    }
    client.create::<ServiceAccount>(from(json!({"metadata": {"name": "default", "namespace": "default"}}))).expect("an account");
    let ca = json!({"metadata": {"name": "kube-root-ca.crt", "namespace": "default"}, "data": {"ca.crt": "CA\n"}});
    client.create::<ConfigMap>(from(ca)).expect("a config map");
    let kubelet = Kubelet::start(&client, &network, &registry, NodeConfig::reference(1));
    World { sim, client, network, kubelet }
}

pub fn from<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("well-formed")
}

impl World {
    /// Creates a pod on the node; the spec's containers are as given.
    pub fn pod(&self, name: &str, mut spec: Value) {
        spec["nodeName"] = json!("node-1");
        let pod: Pod = from(json!({"metadata": {"name": name, "namespace": "default", "labels": {"app": name}}, "spec": spec}));
        self.client.create(pod).expect("a pod");
    }

    pub fn get(&self, name: &str) -> Value {
        self.client.get::<Pod>("default", name).map_or(Value::Null, |pod| serde_json::to_value(&*pod).expect("json"))
    }

    pub fn run(&self, seconds: u64) {
        self.sim.run_until(self.sim.now() + Duration::from_secs(seconds), 10_000_000);
    }

    /// Runs until `check` holds of the pod, five minutes at most.
    pub fn until(&self, name: &str, check: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..3000 {
            let pod = self.get(name);
            if check(&pod) {
                return pod;
            }
            self.sim.run_until(self.sim.now() + Duration::from_millis(100), 1_000_000);
        }
        panic!("{name} is {:#}", self.get(name)["status"]);
    }

    pub fn running(&self, name: &str) -> Value {
        self.until(name, |pod| condition(pod, "Ready") == "True")
    }

    pub fn log(&self, pod: &str, container: &str, previous: bool) -> Result<String, String> {
        let object = self.client.get::<Pod>("default", pod).expect("a pod");
        let options = LogOptions { previous, ..LogOptions::default() };
        let mut receiver = self.kubelet.logs(&object, container, options).map_err(|status| status.message)?;
        self.run(0);
        let mut text = String::new();
        while let Some(bytes) = receiver.try_recv() {
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
        Ok(text)
    }

    pub fn exec(&self, pod: &str, container: &str, command: &[&str]) -> String {
        let object = self.client.get::<Pod>("default", pod).expect("a pod");
        let command = command.iter().map(|word| (*word).to_owned()).collect();
        let mut stream = self.kubelet.exec(&object, container, command, false, true, true, false).unwrap_or_else(|s| panic!("{s}"));
        self.run(1);
        let mut text = String::new();
        while let Some(bytes) = stream.stdout.try_recv().or_else(|| stream.stderr.try_recv()) {
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
        text
    }

    /// Reasons and messages of the events about a pod, in order.
    pub fn events(&self, pod: &str) -> Vec<String> {
        let mut events = self.client.list::<Event>(Some("default"));
        events.retain(|event| event.involved_object.name.as_deref() == Some(pod));
        events.sort_by_key(|event| event.metadata.name.clone().map(|name| (name.len(), name)));
        events.iter().map(|e| format!("{}: {}", e.reason.as_deref().unwrap_or(""), e.message.as_deref().unwrap_or(""))).collect()
    }
}

pub fn condition(pod: &Value, type_: &str) -> String {
    let list = pod["status"]["conditions"].as_array().cloned().unwrap_or_default();
    list.iter().find(|c| c["type"] == type_).and_then(|c| c["status"].as_str()).unwrap_or("").to_owned()
}

pub fn tool_container(name: &str, args: &[&str]) -> Value {
    json!({"name": name, "image": "tool", "imagePullPolicy": "IfNotPresent", "args": args})
}
