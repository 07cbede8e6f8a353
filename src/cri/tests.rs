use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::*;
use crate::images::{Config, Image, Reference, Registry, Tag, server};
use crate::network::{Network, SocketAddr};
use crate::process::{ProcessContext, Vfs, program};
use crate::sim::Sim;

/// An image whose one program does what its first argument says.
struct Tool;

impl Image for Tool {
    fn name(&self) -> &'static str {
        "docker.io/library/tool"
    }
    fn tags(&self) -> &'static [Tag] {
        const { &[Tag::new("latest", 1_000_000)] }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["sleep"]).entrypoint(&["/bin/tool"])
    }
    fn install(&self, _tag: &str, vfs: &Vfs) {
        vfs.install("/bin/tool", program(tool), 1);
    }
}

async fn tool(ctx: ProcessContext) -> i32 {
    let args = ctx.args();
    match args.get(1).map(String::as_str) {
        Some("listen") => match server::listen(&ctx, 80) {
            Ok(listener) => {
                ctx.print("listening\n").await;
                let handler = server::http(&ctx, |ctx, _, _| async move { crate::network::http::Response::new(200, "", ctx.hostname()) });
                server::serve(&ctx, &[listener], &[crate::process::Signal::TERM], handler).await;
                0
            }
            Err(error) => {
                ctx.eprint(&format!("bind: {error}\n")).await;
                98
            }
        },
        Some("connect") => {
            let to: SocketAddr = "127.0.0.1:80".parse().expect("an address");
            match ctx.net().connect(to).await {
                Ok(_) => 0,
                Err(error) => {
                    ctx.print(&format!("{error}\n")).await;
                    7
                }
            }
        }
        Some("hostname") => {
            ctx.print(&format!("{}\n", ctx.hostname())).await;
            0
        }
        Some("set-hostname") => {
            ctx.namespaces().uts.set_hostname("renamed");
            0
        }
        Some("write") => i32::from(ctx.vfs().write_file("/note", b"x", ctx.now()).is_err()),
        Some("read") => i32::from(ctx.vfs().read_file("/note").is_err()),
        Some("ps") => {
            for process in ctx.kernel().processes() {
                ctx.print(&format!("{} {}\n", process.pid, process.argv.borrow().join(" "))).await;
            }
            0
        }
        Some("ipc") => {
            ctx.print(&format!("{}\n", ctx.namespaces().ipc)).await;
            0
        }
        Some("cat") => {
            let mut seen = Vec::new();
            while let Ok(bytes) = ctx.read(0, 100).await {
                if bytes.is_empty() {
                    break;
                }
                seen.extend(bytes);
            }
            let _ = ctx.write(1, &seen).await;
            3
        }
        Some("eat") => {
            ctx.allocate(1 << 30).await;
            0
        }
        _ => {
            ctx.sleep(Duration::from_secs(100_000)).await;
            0
        }
    }
}

struct Node {
    sim: Sim,
    runtime: Runtime,
    image: Rc<crate::images::PulledImage>,
}

fn node() -> Node {
    let sim = Sim::new(3, 1_795_000_000);
    let network = Network::new(sim.clone());
    let registry = Registry::new(sim.clone());
    registry.add(Rc::new(Tool));
    let host = network.host_namespace("node-1", "172.18.0.11".parse().expect("an address"));
    let flavour = Flavour { scheme: "containerd".into(), version: "1.6.20".into() };
    let runtime = Runtime::new(&sim, &network, &registry, "node-1", host, "10.244.0.0/24", flavour);
    let image = registry.find(&Reference::parse("tool").expect("good")).expect("known");
    Node { sim, runtime, image }
}

impl Node {
    fn run<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> T {
        let slot = Rc::new(RefCell::new(None));
        let out = slot.clone();
        self.sim.spawn(async move { *out.borrow_mut() = Some(future.await) });
        while slot.borrow().is_none() && self.sim.step(100_000) {}
        slot.take().expect("the future ended")
    }

    fn sandbox(&self, name: &str, share_processes: bool) -> Rc<Sandbox> {
        let config = SandboxConfig {
            name: name.into(),
            namespace: "default".into(),
            hostname: name.into(),
            share_processes,
            ..SandboxConfig::default()
        };
        let runtime = self.runtime.clone();
        self.run(async move { runtime.run_sandbox(config).await }).expect("a sandbox")
    }

    fn config(&self, name: &str, args: &[&str]) -> ContainerConfig {
        ContainerConfig {
            name: name.into(),
            attempt: 0,
            image: self.image.clone(),
            command: Vec::new(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            env: Vec::new(),
            working_dir: String::new(),
            mounts: Vec::new(),
            read_only_root: false,
            user: None,
            group: None,
            stdin: false,
            tty: false,
            memory_limit_bytes: None,
            cpu_limit_millis: None,
            cpu_request_millis: 0,
        }
    }

    fn start(&self, sandbox: &Rc<Sandbox>, config: ContainerConfig) -> Rc<Container> {
        let (runtime, sandbox) = (self.runtime.clone(), sandbox.clone());
        self.run(async move {
            let container = runtime.create_container(&sandbox, config).await;
            let _ = runtime.start_container(&container).await;
            container
        })
    }

    fn container(&self, sandbox: &Rc<Sandbox>, name: &str, args: &[&str]) -> Rc<Container> {
        self.start(sandbox, self.config(name, args))
    }

    /// Runs a command in a container: its output and exit code.
    fn exec(&self, container: &Rc<Container>, args: &[&str]) -> (String, i32) {
        let mut command = vec!["tool".to_owned()];
        command.extend(args.iter().map(|arg| (*arg).to_owned()));
        let mut session = container.exec("0", command, false, false).expect("started");
        self.run(async move {
            let mut text = Vec::new();
            while let Some(bytes) = session.stdout.recv().await {
                text.extend(bytes);
            }
            (String::from_utf8_lossy(&text).into_owned(), session.status.await.unwrap_or(-1))
        })
    }

    fn exit_code(&self, container: &Rc<Container>) -> (i32, String) {
        let waiter = container.clone();
        self.run(async move { waiter.wait_exited().await });
        match container.state() {
            ContainerState::Exited { exit_code, reason, .. } => (exit_code, reason),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn network_namespace_is_the_pods() {
    let node = node();
    let (pod, other) = (node.sandbox("pod", false), node.sandbox("other", false));
    let web = node.container(&pod, "web", &["listen"]);
    let second = node.container(&pod, "second", &["listen"]);
    assert_eq!(node.exit_code(&second), (98, "Error".into()), "one port space");
    assert_eq!(second.log.text(), "bind: Address already in use\n");
    let side = node.container(&pod, "side", &["sleep"]);
    assert_eq!(node.exec(&side, &["connect"]), (String::new(), 0), "localhost is shared");
    let stranger = node.container(&other, "web", &["listen"]);
    assert!(stranger.is_running(), "another pod has its own ports");
    assert_ne!(pod.ip, other.ip);
    let runtime = node.runtime.clone();
    node.run(async move { runtime.stop_container(&web, Duration::from_secs(30)).await });
    assert_eq!(node.exec(&side, &["connect"]), ("Connection refused\n".into(), 7));
}

#[test]
fn uts_and_ipc_namespaces_are_the_pods() {
    let node = node();
    let (pod, other) = (node.sandbox("pod", false), node.sandbox("other", false));
    let (a, b) = (node.container(&pod, "a", &["sleep"]), node.container(&pod, "b", &["sleep"]));
    let c = node.container(&other, "c", &["sleep"]);
    assert_eq!(node.exec(&b, &["hostname"]).0, "pod\n");
    node.exec(&a, &["set-hostname"]);
    assert_eq!(node.exec(&b, &["hostname"]).0, "renamed\n");
    assert_eq!(node.exec(&c, &["hostname"]).0, "other\n");
    assert_eq!(node.exec(&a, &["ipc"]), node.exec(&b, &["ipc"]));
    assert_ne!(node.exec(&a, &["ipc"]), node.exec(&c, &["ipc"]));
}

#[test]
fn mount_namespace_is_the_containers() {
    let node = node();
    let pod = node.sandbox("pod", false);
    let (a, b) = (node.container(&pod, "a", &["sleep"]), node.container(&pod, "b", &["sleep"]));
    assert_eq!(node.exec(&a, &["write"]).1, 0);
    assert_eq!(node.exec(&a, &["read"]).1, 0);
    assert_eq!(node.exec(&b, &["read"]).1, 1, "the sibling's files are its own");
}

#[test]
fn pid_namespace_is_the_containers_unless_the_pod_shares_it() {
    let node = node();
    let pod = node.sandbox("pod", false);
    let (a, _b) = (node.container(&pod, "a", &["sleep"]), node.container(&pod, "b", &["sleep"]));
    assert_eq!(node.exec(&a, &["ps"]).0, "1 /bin/tool sleep\n2 tool ps\n");
    let shared = node.sandbox("shared", true);
    let (a, _b) = (node.container(&shared, "a", &["sleep"]), node.container(&shared, "b", &["sleep"]));
    assert_eq!(node.exec(&a, &["ps"]).0, "1 /pause\n2 /bin/tool sleep\n3 /bin/tool sleep\n4 tool ps\n");
}

#[test]
fn stopping_a_sandbox_leaves_nothing() {
    let node = node();
    let pod = node.sandbox("pod", false);
    let web = node.container(&pod, "web", &["listen"]);
    let (runtime, sandbox) = (node.runtime.clone(), pod.clone());
    node.run(async move { runtime.stop_sandbox(&sandbox).await });
    assert_eq!(node.exit_code(&web), (137, "Error".into()));
    assert!(web.kernel.processes().is_empty() && pod.kernel.processes().is_empty());
    assert!(node.runtime.network().listeners().is_empty());
    assert!(!pod.is_ready());
}

#[test]
fn grace_is_given_and_then_ends() {
    let node = node();
    let pod = node.sandbox("pod", false);
    // Process 1 does not get a SIGTERM that it has not asked for.
    let deaf = node.container(&pod, "deaf", &["sleep"]);
    let start = node.sim.now();
    let (runtime, container) = (node.runtime.clone(), deaf.clone());
    node.run(async move { runtime.stop_container(&container, Duration::from_secs(5)).await });
    assert_eq!(node.sim.now().since(start), Duration::from_secs(5));
    assert_eq!(node.exit_code(&deaf), (137, "Error".into()));
}

#[test]
fn what_cannot_start_says_so_in_runcs_words() {
    let node = node();
    let pod = node.sandbox("pod", false);
    let mut config = node.config("main", &[]);
    config.command = vec!["nosuch".into()];
    let container = node.start(&pod, config);
    let ContainerState::Exited { exit_code, reason, message, .. } = container.state() else { panic!("still running") };
    assert_eq!((exit_code, reason.as_str()), (128, "StartError"));
    assert_eq!(
        message,
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"nosuch\": executable file not found in $PATH: unknown"
    );
    let side = node.container(&pod, "side", &["sleep"]);
    let error = side.exec("1a", vec!["nosuchcommand".into()], false, false).err().map(|error| error.0);
    assert_eq!(
        error.as_deref(),
        Some(
            "failed to exec in container: failed to start exec \"1a\": OCI runtime exec failed: exec failed: unable to start container process: exec: \"nosuchcommand\": executable file not found in $PATH: unknown"
        )
    );
}

#[test]
fn memory_beyond_the_limit_is_an_oom_kill() {
    let node = node();
    let pod = node.sandbox("pod", false);
    let mut config = node.config("main", &["eat"]);
    config.memory_limit_bytes = Some(64 << 20);
    let container = node.start(&pod, config);
    assert_eq!(node.exit_code(&container), (137, "OOMKilled".into()));
}

#[test]
fn stdin_reaches_an_exec_and_its_end_too() {
    let node = node();
    let pod = node.sandbox("pod", false);
    let container = node.container(&pod, "main", &["sleep"]);
    let mut session = container.exec("0", vec!["tool".into(), "cat".into()], true, false).expect("started");
    let stdin = session.stdin.take().expect("asked for");
    let _ = stdin.send(b"hello".to_vec());
    drop(stdin);
    let out = node.run(async move { (session.stdout.recv().await, session.status.await) });
    assert_eq!(out, (Some(b"hello".to_vec()), Some(3)));
}

#[test]
fn logs_are_lines_with_times_and_can_be_followed() {
    let sim = Sim::new(1, 1_795_000_000);
    let log = Log::new(&sim);
    log.write(Output::Stdout, b"one\ntw");
    log.write(Output::Stderr, b"err\n");
    log.write(Output::Stdout, b"o\nthree");
    let all = |query: LogQuery| {
        let mut receiver = log.read(query);
        while sim.step(100) {}
        let mut text = String::new();
        while let Some(bytes) = receiver.try_recv() {
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
        text
    };
    assert_eq!(all(LogQuery::default()), "one\nerr\ntwo\n");
    assert_eq!(all(LogQuery { tail_lines: Some(1), ..LogQuery::default() }), "two\n");
    assert_eq!(all(LogQuery { limit_bytes: Some(5), ..LogQuery::default() }), "one\ne");
    assert!(all(LogQuery { timestamps: true, tail_lines: Some(1), ..LogQuery::default() }).ends_with("Z two\n"));
    let mut follow = log.read(LogQuery { follow: true, tail_lines: Some(0), ..LogQuery::default() });
    while sim.step(100) {}
    log.close();
    while sim.step(100) {}
    assert_eq!(follow.try_recv().as_deref(), Some(&b"three\n"[..]));
}

impl Node {
    /// Starts a container of a real image.
    fn image(&self, sandbox: &Rc<Sandbox>, image: &str) -> Rc<Container> {
        let registry = Registry::new(self.sim.clone());
        let pulled = registry.find(&Reference::parse(image).expect("good")).expect("known");
        let config = ContainerConfig { image: pulled, ..self.config("main", &[]) };
        let config = ContainerConfig { args: Vec::new(), ..config };
        let container = self.start(sandbox, config);
        self.sim.run_until(self.sim.now() + Duration::from_secs(5), 1_000_000);
        container
    }

    fn get(&self, from: &Rc<Sandbox>, to: &Rc<Sandbox>, port: u16, path: &str) -> (u16, String) {
        let (net, ip, path) = (from.net.clone(), to.ip.expect("an address"), path.to_owned());
        self.run(async move {
            let request = crate::network::http::Request::new("GET", &path, &ip.to_string());
            match crate::network::http::send(&net, SocketAddr::new(ip, port), &request).await {
                Ok(response) => (response.status, String::from_utf8_lossy(&response.body).into_owned()),
                Err(error) => (0, format!("{error:?}")),
            }
        })
    }
}

#[test]
fn kubia_tells_where_it_runs_and_logs_who_asks() {
    let node = node();
    let (pod, client) = (node.sandbox("kubia", false), node.sandbox("client", false));
    let kubia = node.image(&pod, "luksa/kubia");
    assert_eq!(node.get(&client, &pod, 8080, "/"), (200, "You've hit kubia\n".into()));
    let ip = client.ip.expect("an address");
    assert_eq!(kubia.log.text(), format!("Kubia server starting...\nReceived request from ::ffff:{ip}\n"));
    let second = node.image(&pod, "luksa/kubia");
    assert_eq!(node.exit_code(&second).0, 1);
    assert!(second.log.text().contains("Error: listen EADDRINUSE :::8080"), "{}", second.log.text());
}

#[test]
fn nginx_serves_files_and_logs_requests() {
    let node = node();
    let (pod, client) = (node.sandbox("web", false), node.sandbox("client", false));
    let nginx = node.image(&pod, "nginx:1.27");
    let (status, page) = node.get(&client, &pod, 80, "/");
    assert_eq!(status, 200);
    assert!(page.contains("Welcome to nginx!") && page.len() == 615, "{}", page.len());
    assert_eq!(node.get(&client, &pod, 80, "/nosuch").0, 404);
    let _ = nginx.files.write_file("/usr/share/nginx/html/index.html", b"mine\n", node.sim.now());
    assert_eq!(node.get(&client, &pod, 80, "/index.html"), (200, "mine\n".into()));
    let log = nginx.log.text();
    assert!(log.starts_with("/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty"), "{log}");
    assert!(log.contains("\"GET / HTTP/1.1\" 200 615 \"-\" \"-\" \"-\"\n"), "{log}");
    assert!(log.contains("open() \"/usr/share/nginx/html/nosuch\" failed (2: No such file or directory)"), "{log}");
    let names: Vec<String> = nginx.kernel.processes().iter().map(|p| p.argv.borrow().join(" ")).collect();
    assert_eq!(names, ["nginx: master process nginx -g daemon off;", "nginx: worker process", "nginx: worker process"]);
    let second = node.image(&pod, "nginx:1.27");
    assert_eq!(node.exit_code(&second).0, 1);
    assert!(second.log.text().contains("bind() to 0.0.0.0:80 failed (98: Address already in use)"));
    let start = node.sim.now();
    let (runtime, stopped) = (node.runtime.clone(), nginx.clone());
    node.run(async move { runtime.stop_container(&stopped, Duration::from_secs(30)).await });
    assert!(node.sim.now().since(start) < Duration::from_secs(1), "SIGQUIT is heeded");
    assert_eq!(node.exit_code(&nginx).0, 0);
}

#[test]
fn other_servers_answer_too() {
    let node = node();
    let client = node.sandbox("client", false);
    for (image, port, text) in [
        ("httpd:2.4", 80, "It works!"),
        ("gcr.io/google-samples/hello-app:2.0", 8080, "Hello, world!\nVersion: 2.0.0\nHostname: server\n"),
        ("kiamol/ch02-hello-kiamol", 80, "Hello from Chapter 2!"),
    ] {
        let pod = node.sandbox("server", false);
        node.image(&pod, image);
        let (status, body) = node.get(&client, &pod, port, "/");
        assert!(status == 200 && body.contains(text), "{image}: {status} {body}");
    }
}
